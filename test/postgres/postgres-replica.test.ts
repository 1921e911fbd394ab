import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresCluster } from '../../postgres-cluster/postgres-cluster.js';
import { PostgresReplica } from '../../postgres-cluster/postgres-replica.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { runCli } from '../support/tidemark-process.js';

describe('a replica', () => {
  let primary: PostgresCluster;
  let replica: PostgresReplica;
  let url: string;

  beforeAll(async () => {
    primary = await PostgresCluster.start();
    url = await primary.createDatabase();
    await queryOnce(url, 'CREATE TABLE numbers AS SELECT generate_series(1, 50000) AS number');
    replica = await PostgresReplica.start(primary);
  }, 60_000);

  afterAll(async () => {
    await replica[Symbol.asyncDispose]();
    await primary[Symbol.asyncDispose]();
  });

  async function countAt(at: string): Promise<number> {
    const [row] = await queryOnce<{ count: number }>(at, 'SELECT count(*)::int AS count FROM numbers');
    return row?.count ?? 0;
  }

  test('DV-6: it has what was there before it, and what is committed since', async () => {
    expect(await countAt(replica.urlOf(url))).toBe(50_000);
    await queryOnce(url, 'INSERT INTO numbers VALUES (0)');
    await replica.catchUp();
    expect(await countAt(replica.urlOf(url))).toBe(50_001);
    await expect(queryOnce(replica.urlOf(url), 'DELETE FROM numbers')).rejects.toThrow('read-only');
  });

  test('DV-6: while its replay is paused it stands still, and afterwards it catches up', async () => {
    const before = await countAt(replica.urlOf(url));
    await replica.pauseReplay();
    await queryOnce(url, 'INSERT INTO numbers VALUES (0)');
    expect(await countAt(replica.urlOf(url))).toBe(before);
    await replica.resumeReplay();
    await replica.catchUp();
    expect(await countAt(replica.urlOf(url))).toBe(before + 1);
  });

  test('OP-8: a server does not start on it, and says what to do', async () => {
    const database = await primary.createDatabase();
    expect((await runCli(['migrate', '--db', database])).code).toBe(0);
    await replica.catchUp();
    const { code, stderr } = await runCli(['serve', '--port', '0', '--db', replica.urlOf(database)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tidemark: .* can only be read .*: name the primary if it is a replica/);
  });

  test('DV-6: a crash of either is only a pause', async () => {
    const before = await countAt(url);
    await replica.cluster.kill();
    await queryOnce(url, 'INSERT INTO numbers VALUES (0)');
    await primary.restart('immediate');
    await replica.cluster.resume();
    await queryOnce(url, 'INSERT INTO numbers VALUES (0)');
    await replica.catchUp();
    expect(await countAt(replica.urlOf(url))).toBe(before + 2);
  });
});
