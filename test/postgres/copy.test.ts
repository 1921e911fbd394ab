import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { createDatabase } from '../../postgres-cluster/databases.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { copy } from '../../src/commands/copy.js';
import { StartupError } from '../../src/domain/startup-error.js';
import { migrateStore, openCopyTarget } from '../../src/storage/open-store.js';
import { openDatabase } from '../../src/storage/sqlite/open-database.js';
import { TABLES } from '../../src/storage/tables.js';
import { Chat, group } from '../support/chat.js';
import { copyReported, openAt } from '../support/copy-places.js';
import { endSessions } from '../support/end-sessions.js';
import { FakeClock } from '../support/fake-clock.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { cleanEnv, CLI_PATH, runCli, start, startCli } from '../support/tidemark-process.js';

const COUNT = 50_000;
const team = group('team');
const folder = createTemporaryFolder();
const big = join(folder.path, 'big.db');
const report = (): void => undefined;

function newDatabase(): Promise<string> {
  return createDatabase(inject('postgresUrl'));
}

beforeAll(async () => {
  await using opened = await openAt(big, new FakeClock());
  await new Chat(opened.store).send('ann', team);
  const database = openDatabase(big);
  const names = database.prepare("SELECT name FROM pragma_table_info('messages')").pluck().all();
  const own = new Map([
    ['seq', 'n'],
    ['id', 'n'],
    ['client_msg_no', "'no-' || n"],
  ]);
  database.exec(`WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${COUNT})
    INSERT INTO messages (${names.join()})
    SELECT ${names.map((name) => own.get(String(name)) ?? name).join()} FROM messages, numbers;
    UPDATE channels SET last_seq = ${COUNT};
    UPDATE clocks SET last_message_id = ${COUNT}`);
  database.close();
});

afterAll(() => folder[Symbol.dispose]());

/** Starts the command again and again, and kills it each time `measure` has passed the next of some random marks. */
async function copyWithKills(args: readonly string[], measure: () => Promise<number>): Promise<string> {
  // Before the first of these it may not have begun; beyond the last it may have ended, since a copy can be smaller.
  const marks = Array.from({ length: 4 }, () => 0.05 + Math.random() * 0.75).toSorted(
    (one, other) => one - other,
  );
  for (const mark of marks) {
    await using running = start([CLI_PATH, 'copy', ...args], { env: cleanEnv() });
    let isRunning = true;
    void running.finished.then(() => (isRunning = false));
    const isThere = async (): Promise<boolean> => !isRunning || (await measure()) > mark;
    await vi.waitUntil(isThere, { timeout: 30_000, interval: 1 });
    running.kill('SIGKILL');
    expect((await running.finished).stdout, `killed at ${marks.join()}`).toBe('');
    const db = args.at(-1) ?? '';
    const { code, stderr } = await runCli(['serve', '--port', '0', '--db', db]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^tidemark: .*: a copy into it was not finished: .*\n$/),
    ]);
  }
  const { code, stdout, stderr } = await runCli(['copy', ...args]);
  expect([code, stderr]).toEqual([0, expect.stringContaining(' of them earlier')]);
  return stdout;
}

describe('tidemark copy', () => {
  test(
    'OP-15, OP-16, OP-17: killed again and again, it ends with the same on both sides',
    { timeout: 240_000 },
    async () => {
      const there = await newDatabase();
      const countThere = async (): Promise<number> => {
        const query = 'SELECT CAST(count(*) AS INTEGER) AS count FROM messages';
        const rows = await queryOnce<{ count: number }>(there, query).catch(() => []);
        return (rows[0]?.count ?? 0) / COUNT;
      };
      const first = await copyWithKills(['--from', big, '--to', there], countThere);
      expect(first).toContain(`messages: ${COUNT} rows`);

      const back = join(folder.path, 'back.db');
      const bytes = statSync(big).size;
      const weighBack = async (): Promise<number> =>
        (statSync(back, { throwIfNoEntry: false })?.size ?? 0) / bytes;
      const second = await copyWithKills(['--from', there, '--to', back], weighBack);
      expect(digestIn(second)).toBe(digestIn(first));

      // Held against each other without any of the program's help.
      const database = openDatabase(back);
      database.prepare('ATTACH ? AS original').run(big);
      for (const { name } of TABLES) {
        const query = `SELECT count(*) FROM (SELECT * FROM main.${name} EXCEPT SELECT * FROM original.${name})`;
        expect([name, database.prepare(query).pluck().get()]).toEqual([name, 0]);
        const count = (schema: string): unknown =>
          database.prepare(`SELECT count(*) FROM ${schema}.${name}`).pluck().get();
        expect([name, count('main')]).toEqual([name, count('original')]);
      }
      database.close();
    },
  );

  test('OP-15: a token of before is good at the copy', async () => {
    const db = join(folder.path, 'small.db');
    const there = await newDatabase();
    await runCli(['demo', '--db', db]);
    const secrets = { TIDEMARK_JWT_SECRET: 'x'.repeat(32), TIDEMARK_API_KEY: 'y'.repeat(16) };
    const { stdout: token } = await runCli(['token', 'user123', '--db', db], secrets);
    const copied = await runCli(['copy', '--from', db, '--to', there]);
    expect(copied).toMatchObject({ code: 0, stdout: expect.stringMatching(/TIDEMARK_JWT_SECRET/) as string });
    await using server = await startCli(['--db', there, '--auth', 'required'], secrets);
    const reply = await fetch(`${server.url}/conversation/sync`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token.trim()}` },
      body: JSON.stringify({ uid: 'user123' }),
    });
    expect(reply.status).toBe(200);
    expect(((await reply.json()) as unknown[]).length).toBeGreaterThan(2);
  });

  test('OP-16: both databases have to be named', async () => {
    expect(await runCli(['copy', '--from', big])).toMatchObject({ code: 2 });
    expect(await runCli(['copy', '--from', big, '--to', 'postgres://'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('must be of the form postgres://') as string,
    });
  });

  test('OP-16: a database that a server or another copy uses is not taken', { timeout: 60_000 }, async () => {
    const there = await newDatabase();
    {
      await using server = await startCli(['--db', there]);
      expect(server.url).toContain('http');
      await expect(copy({ from: big, to: there, report })).rejects.toThrow(
        /is in use by a server or another copy/,
      );
    }
    await using other = await openCopyTarget(there);
    await expect(copy({ from: big, to: there, report })).rejects.toThrow(
      /is in use by a server or another copy/,
    );
    expect(await other.findUnfinished()).toBeUndefined();
  });

  test('OP-16: nor is one whose server goes by another name', { timeout: 60_000 }, async () => {
    const there = await newDatabase();
    const mark = there.includes('?') ? '&' : '?';
    await using opened = await openAt(`${there}${mark}application_name=chat`, new FakeClock());
    await expect(openCopyTarget(there)).rejects.toThrow(/is in use by a server or another copy/);
    await new Chat(opened.store).send('ann', team);
  });

  test('OP-16: while a copy has it, no server starts, and one that was cut off before does not write', async () => {
    const there = await newDatabase();
    await using opened = await openAt(there, new FakeClock());
    const chat = new Chat(opened.store);
    await chat.join(team, 'ann');
    const taking = openCopyTarget(there);
    // Not those of its migrations, which come first.
    const whileItWaits = `application_name <> 'tidemark copy' AND EXISTS (
      SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tidemark copy')`;
    await using target = await vi.waitFor(async () => {
      await endSessions(there, whileItWaits);
      return Promise.race([taking, Promise.reject(new Error('not yet'))]);
    }, 30_000);
    await expect(openAt(there, new FakeClock())).rejects.toThrow(/a copy into it is under way/);
    await expect(chat.send('ann', team)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await target.begin({ source: big, fingerprint: 'x' });
    await target[Symbol.asyncDispose]();
    // Its connection for writes comes back, and finds half a copy.
    await vi.waitFor(async () => {
      await expect(chat.send('ann', team)).rejects.toThrow(/a copy into it was not finished/);
    }, 30_000);
  });

  test('OP-16: a lost connection is no defect, and the copy goes on', async () => {
    const there = await newDatabase();
    let batches = 0;
    const beforeWrite = async (): Promise<void> => {
      batches += 1;
      if (batches === 20) await endSessions(there, "application_name = 'tidemark copy'");
    };
    const lost = copyReported(big, there, { beforeWrite });
    await expect(lost).rejects.toThrow(StartupError);
    await expect(lost).rejects.toThrow(/(cannot be reached|shutting down)/);
    const { lines } = await copyReported(big, there);
    expect(lines[0]).toBe('going on with the copy that was not finished');
    expect(lines).toContainEqual(expect.stringMatching(/^messages: 50000 rows, 7500 of them earlier/));
  });

  test('OP-16, PG-3: a text that PostgreSQL does not hold is named by its table and key', async () => {
    const db = join(folder.path, 'nul.db');
    {
      await using opened = await openAt(db, new FakeClock());
      await opened.store.putUser({ communityId: 1, uid: 'ann', name: 'a\0b' });
    }
    await expect(copy({ from: db, to: await newDatabase(), report })).rejects.toThrow(
      'name in users has a NUL, which PostgreSQL does not hold: change the row whose key (community_id, id) is "1", "2"',
    );
  });

  test('OP-16: a source that cannot be reached or lacks the schema is named', async () => {
    const empty = await newDatabase();
    const to = join(folder.path, 'never.db');
    await expect(copy({ from: empty, to, report })).rejects.toThrow(/it lacks this version's schema/);
    await expect(copy({ from: 'postgres://127.0.0.1:1/x', to, report })).rejects.toThrow(
      /cannot be reached.*with --from/,
    );
  });

  test('OP-15: the tables are all that migrations make here, too, with the same columns and keys', async () => {
    const [db, there] = [join(folder.path, 'columns.db'), await newDatabase()];
    await using sqlite = await openCopyTarget(db);
    await using postgres = await openCopyTarget(there);
    const query =
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'";
    const names = await queryOnce<{ name: string }>(there, query);
    expect(names.map(({ name }) => name).toSorted()).toEqual(TABLES.map(({ name }) => name).toSorted());
    for (const { name, key } of TABLES) {
      expect(await postgres.listColumns(name)).toEqual(await sqlite.listColumns(name));
      const primary = `SELECT attname AS column FROM pg_index, unnest(indkey) WITH ORDINALITY AS k (number, place), pg_attribute
        WHERE indrelid = '${name}'::regclass AND indisprimary AND attrelid = indrelid AND attnum = number ORDER BY place`;
      const columns = await queryOnce<{ column: string }>(there, primary);
      expect([name, columns.map(({ column }) => column)]).toEqual([name, key]);
    }
  });

  test('OP-17: what somebody writes into the target meanwhile is found in the end', async () => {
    const [db, there] = [join(folder.path, 'quiet.db'), await newDatabase()];
    await migrateStore(db);
    const rename = async (): Promise<void> => {
      await queryOnce(there, "UPDATE communities SET name = 'other'");
    };
    await expect(copyReported(db, there, { beforeComparing: rename })).rejects.toThrow(
      'communities differs after the copy (1 rows, 1 in the copy)',
    );
    await copyReported(db, there);
    expect(await queryOnce(there, 'SELECT name FROM communities')).toEqual([{ name: 'default' }]);
  });

  test('OP-17: whoever opens the copy need not wait for statistics', async () => {
    const [db, there] = [join(folder.path, 'few.db'), await newDatabase()];
    await migrateStore(db);
    await copy({ from: db, to: there, report });
    const query = "SELECT CAST(reltuples AS INTEGER) AS rows FROM pg_class WHERE relname = 'users'";
    expect(await queryOnce(there, query)).toEqual([{ rows: 1 }]);
  });
});

function digestIn(stdout: string): string {
  const [digest = ''] = /\b[0-9a-f]{64}\b/.exec(stdout) ?? [];
  expect(digest).not.toBe('');
  return digest;
}
