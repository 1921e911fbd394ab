import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, inject, test, vi } from 'vitest';
import { createDatabase, dropDatabase } from '../../postgres-cluster/databases.js';
import { PostgresCluster } from '../../postgres-cluster/postgres-cluster.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { compileTools } from '../support/compile-tools.js';
import { cleanEnv, start, waitForOutput } from '../support/tidemark-process.js';

describe('the PostgreSQL of the run', () => {
  test('DV-5: databases are made on it, empty or as copies of others, and are gone when they are dropped', async () => {
    const server = inject('postgresUrl');
    const first = await createDatabase(server);
    await queryOnce(first, 'CREATE TABLE words AS SELECT $1::text AS word', ['here']);
    const copy = await createDatabase(server, { template: first });
    const empty = await createDatabase(server);

    expect(await queryOnce(copy, 'SELECT word FROM words')).toEqual([{ word: 'here' }]);
    await expect(queryOnce(empty, 'SELECT word FROM words')).rejects.toThrow('does not exist');

    await Promise.all([first, copy, empty].map((url) => dropDatabase(url)));
    await expect(queryOnce(copy, 'SELECT 1')).rejects.toThrow('does not exist');
  });

  test('DV-5: text is not compared bytewise unless a query says so', async () => {
    const text = `SELECT 'a' < 'B' AS plain, 'a' < 'B' COLLATE "C" AS bytewise`;
    expect(await queryOnce(inject('postgresUrl'), text)).toEqual([{ plain: true, bytewise: false }]);
  });
});

describe('a cluster', () => {
  test('DV-5: it is reached by its socket only, and ended and started again with what was committed', async () => {
    await using cluster = await PostgresCluster.start();
    expect(await queryOnce(cluster.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    const url = await cluster.createDatabase();
    await queryOnce(url, 'CREATE TABLE words (word text)');
    const endings = {
      fast: () => cluster.stop('fast'),
      immediate: () => cluster.stop('immediate'),
      killed: () => cluster.kill(),
    };
    for (const [name, end] of Object.entries(endings)) {
      await queryOnce(url, 'INSERT INTO words VALUES ($1)', [name]);
      await end();
      await expect(queryOnce(url, 'SELECT 1')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
      await cluster.resume();
    }
    expect(await queryOnce(url, 'SELECT word FROM words')).toEqual(
      Object.keys(endings).map((word) => ({ word })),
    );
  });

  test('DV-5: nothing of it is left at the end of its block', async () => {
    let ended: PostgresCluster;
    {
      await using cluster = await PostgresCluster.start();
      ended = cluster;
      expect(existsSync(ended.folder)).toBe(true);
    }
    expect(existsSync(ended.folder)).toBe(false);
    // Who was about to start it again comes too late.
    await expect(ended.resume()).rejects.toThrow('gone');
    expect(existsSync(ended.folder)).toBe(false);
  });

  test('DV-5: nothing of it is left when the process that has started it is killed', async () => {
    using tools = await compileTools();
    const path = join(tools.path, 'dist-tools/postgres-cluster/postgres-cluster.js');
    const program = `
      const { PostgresCluster } = await import(${JSON.stringify(pathToFileURL(path).href)});
      const { folder } = await PostgresCluster.start();
      console.log('runs in ' + folder);
      setInterval(() => {}, 1000);
    `;
    await using starter = start(['--input-type=module', '--eval', program], { env: cleanEnv() });
    const folder = await waitForOutput(starter, /runs in (\S+)/);
    const [pid] = readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n');

    starter.kill('SIGKILL');

    await vi.waitUntil(() => !existsSync(folder), { timeout: 30_000, interval: 20 });
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  });
});
