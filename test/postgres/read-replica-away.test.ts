import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PASSWORD_USER, PostgresCluster } from '../../postgres-cluster/postgres-cluster.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { openPostgres } from '../../src/storage/postgres/open-postgres.js';
import type { PostgresStore } from '../../src/storage/postgres/postgres-store.js';
import { LocalChangeBus } from '../../src/system.js';
import { Chat, group } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';
import { REPLICA_ONLY, ReplicatedPostgres, shareReplicatedPostgres } from '../support/replicated-postgres.js';
import { runCli, startCli, waitForOutput } from '../support/tidemark-process.js';

const team = group('team');
const PATIENCE = { timeout: 30_000, interval: 10 };

const postgres = shareReplicatedPostgres();

let url: string;
let clock: FakeClock;
/** Of the process that is given the replica, and what it is told. */
let store: PostgresStore;
let chat: Chat;
let reports: (Error | undefined)[];

beforeEach(async () => {
  url = await postgres().createDatabase();
  clock = new FakeClock();
  reports = [];
  store = await postgres().openReading(url, { clock, report: (failure) => reports.push(failure) });
  chat = new Chat(store);
  await chat.join(team, 'ann', 'bob');
  await chat.send('ann', team);
  await postgres().replica.catchUp();
});

afterEach(async () => {
  await postgres().replica.resumeReplay();
  await store.close();
});

describe('a replica that cannot be asked', () => {
  test('PG-12: it is passed over while it is away, said once, and asked again', async () => {
    const { cluster } = postgres().replica;
    await chat.list('bob');
    for (const end of [() => cluster.kill(), () => cluster.stop('fast'), () => cluster.stop('immediate')]) {
      reports.length = 0;
      await end();
      for (let turn = 0; turn < 5; turn += 1) expect(await chat.rows('bob')).toHaveLength(1);
      await chat.send('ann', team);
      expect(await chat.list('bob')).toMatchObject({ completeUpTo: await chat.position('bob') });
      expect(reports).toEqual([expect.any(Error)]);
      await cluster.resume();
      await postgres().replica.catchUp();
      await vi.waitFor(async () => {
        expect(await postgres().countLists(() => chat.list('bob'))).toEqual(REPLICA_ONLY);
      }, PATIENCE);
      expect(reports).toEqual([expect.any(Error), undefined]);
    }
  });

  test('PG-12: a server starts without it, and asks it once it is there', async () => {
    await postgres().replica.cluster.stop('fast');
    const failures: (Error | undefined)[] = [];
    const fresh = await postgres().openReading(url, { clock, report: (failure) => failures.push(failure) });
    expect(failures).toEqual([expect.any(Error)]);
    const freshChat = new Chat(fresh);
    expect(await freshChat.rows('bob')).toHaveLength(1);
    await fresh.ping();
    await postgres().replica.cluster.resume();
    await vi.waitFor(async () => {
      expect(await postgres().countLists(() => freshChat.list('bob'))).toEqual(REPLICA_ONLY);
    }, PATIENCE);
    expect(failures).toEqual([expect.any(Error), undefined]);
    await fresh.close();
  });

  test('PG-12: one that stands still is waited for only once', async () => {
    await chat.list('bob');
    const [session] = await queryOnce<{ pid: number }>(
      postgres().replica.urlOf(url),
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tidemark'`,
    );
    if (session === undefined) throw new Error('nobody asks the replica');
    process.kill(session.pid, 'SIGSTOP');
    try {
      expect(await chat.rows('bob')).toHaveLength(1);
      expect(reports).toEqual([expect.any(Error)]);
    } finally {
      process.kill(session.pid, 'SIGCONT');
    }
    await vi.waitFor(async () => {
      expect(await postgres().countLists(() => chat.list('bob'))).toEqual(REPLICA_ONLY);
    }, PATIENCE);
  });

  test('PG-12: what no server can take is not its fault', async () => {
    await expect(chat.list('bob\0')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(reports).toEqual([]);
    expect(await postgres().countLists(() => chat.list('bob'))).toEqual(REPLICA_ONLY);
  });

  test('PG-10: while nothing is heard of what others write, the primary is asked', async () => {
    await queryOnce(url, 'CREATE ROLE cut_off LOGIN SUPERUSER');
    await postgres().replica.catchUp();
    const deaf = await postgres().openReading(url.replace('//tidemark@', '//cut_off@'), { clock });
    const deafChat = new Chat(deaf);
    await deafChat.list('bob');
    expect(await postgres().countLists(() => deafChat.list('bob'))).toEqual(REPLICA_ONLY);
    await postgres().replica.pauseReplay();
    // It keeps the connections that it has, and cannot listen again.
    await queryOnce(url, 'ALTER ROLE cut_off NOLOGIN');
    await queryOnce(
      url,
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE usename = 'cut_off' AND application_name = 'tidemark listener'`,
    );
    await chat.send('ann', team);
    await vi.waitFor(
      async () => expect(await deafChat.rows('bob')).toMatchObject([{ lastSeq: 2 }]),
      PATIENCE,
    );
    await deaf.close();
  });
});

test('PG-12: one that is promoted is not asked any more, whatever it has by then', async () => {
  await using own = await ReplicatedPostgres.start();
  const there = await own.createDatabase();
  const told: (Error | undefined)[] = [];
  const reading = await own.openReading(there, { clock, report: (failure) => told.push(failure) });
  const readingChat = new Chat(reading);
  await readingChat.send('ann', team);
  await own.replica.catchUp();
  expect(await own.countLists(() => readingChat.list('ann'))).toEqual(REPLICA_ONLY);

  const promoted = own.replica.urlOf(there);
  await queryOnce(promoted, 'SELECT pg_promote()');
  clock.move(1000);
  const elsewhere = await openPostgres({
    url: promoted,
    maxConnections: 1,
    clock,
    changes: new LocalChangeBus(),
  });
  await new Chat(elsewhere).sendMany('eve', team, 3);
  for (let turn = 0; turn < 5; turn += 1) {
    expect(await readingChat.list('ann')).toMatchObject({
      conversations: [{ lastSeq: 1 }],
      completeUpTo: await readingChat.position('ann'),
    });
  }
  expect(told).toMatchObject([{ message: 'it is no replica: it takes writes itself' }]);
  await elsewhere.close();
  await reading.close();
});

describe('a start', () => {
  test('PG-12: on a replica of another database is refused, without a password', async () => {
    const elsewhere = await postgres().createDatabase();
    await using stranger = await PostgresCluster.start();
    for (const wrong of [
      postgres().replica.urlOf(elsewhere),
      stranger.url.replace('//tidemark@', '//tidemark:hunter2@'),
    ]) {
      const opening = openPostgres({
        url,
        maxConnections: 1,
        clock,
        changes: new LocalChangeBus(),
        replica: { url: wrong, report: () => undefined },
      });
      await expect(opening).rejects.toThrow(
        /^postgres:\/\/tidemark@\/.* is no replica of it: name one with --read-db \(TIDEMARK_READ_DB\), or none$/,
      );
      await expect(opening).rejects.not.toThrow('hunter2');
    }
  });
});

describe('the built program', () => {
  const SECRET = 'hunter2';
  const SECRETS = { TIDEMARK_JWT_SECRET: 'x'.repeat(32), TIDEMARK_API_KEY: 'y'.repeat(16) };

  /** A user who may do no more than he needs to, on both. */
  async function settingsOf(db: string): Promise<Record<string, string>> {
    const as = (of: string): string => of.replace(/\/\/[^@]*@/, `//${PASSWORD_USER}:${SECRET}@`);
    return { ...SECRETS, TIDEMARK_DB: as(db), TIDEMARK_READ_DB: as(postgres().replica.urlOf(db)) };
  }

  test('PG-12, PG-9, OP-1: is ready without its replica, says so once, and shows no password', async () => {
    await queryOnce(postgres().primary.url, `CREATE ROLE ${PASSWORD_USER} LOGIN PASSWORD '${SECRET}'`);
    const db = await postgres().primary.createDatabase();
    await queryOnce(db, `GRANT CREATE ON SCHEMA public TO ${PASSWORD_USER}`);
    await postgres().replica.catchUp();
    await using server = await startCli(['--workers', '2'], await settingsOf(db));
    const sync = (): Promise<Response> =>
      fetch(`${server.url}/conversation/sync`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"uid":"bob"}',
      });
    expect((await sync()).status).toBe(200);
    await vi.waitFor(async () => {
      expect((await postgres().countLists(sync)).replica).toBe(1);
    }, PATIENCE);

    await postgres().replica.cluster.stop('fast');
    expect((await sync()).status).toBe(200);
    await waitForOutput(server, /the replica is not asked: the primary answers/);
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
    await postgres().replica.cluster.resume();
    await vi.waitFor(async () => {
      await sync();
      expect(server.output()).toContain('the replica answers again');
    }, PATIENCE);
    server.kill('SIGTERM');
    const { code, stdout, stderr } = await server.finished;
    expect(code).toBe(0);
    expect(stdout).toContain('"readDb":"postgres://');
    expect(stdout + stderr).not.toContain(SECRET);
  });

  test('PG-12: does not start with another database for a replica', async () => {
    const elsewhere = await postgres().createDatabase();
    const { code, stderr } = await runCli(
      ['serve', '--port', '0', '--db', url, '--read-db', postgres().replica.urlOf(elsewhere)],
      SECRETS,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tidemark: .* is no replica of it: name one with --read-db .*\n$/);
  });
});
