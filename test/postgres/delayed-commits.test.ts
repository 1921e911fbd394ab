import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { countDelayedCommits, delayCommits, holdCommits } from '../../checker/delay-commits.js';
import { PostgresCluster, SUPERUSER } from '../../postgres-cluster/postgres-cluster.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';

/** One in twenty is delayed. */
const WRITE = 'INSERT INTO messages SELECT generate_series(1, 400)';

let cluster: PostgresCluster;
let url: string;

beforeAll(async () => {
  cluster = await PostgresCluster.start();
  url = await cluster.createDatabase();
  await queryOnce(url, 'CREATE TABLE messages (seq integer)');
  await delayCommits(url);
}, 60_000);

afterAll(() => cluster[Symbol.asyncDispose]());

async function countRows(): Promise<number> {
  const [row] = await queryOnce<{ count: number }>(url, 'SELECT count(*)::integer AS count FROM messages');
  return row?.count ?? 0;
}

/** Why the write failed, if it did. */
function write(): Promise<string> {
  return queryOnce(url, WRITE).then(
    () => '',
    (error: Error) => error.message,
  );
}

test('PR-6: which commits were delayed is in the log of PostgreSQL', async () => {
  expect(countDelayedCommits(cluster.readLog())).toBe(0);
  expect(await write()).toBe('');
  expect(countDelayedCommits(cluster.readLog())).toBeGreaterThan(0);
});

test('PR-6: a commit that is held is seen, and goes on when it is let go', async () => {
  const before = await countRows();
  const held = await holdCommits(url);
  expect(await held.findUser()).toBeUndefined();
  const failure = write();
  expect(await vi.waitUntil(() => held.findUser(), { timeout: 10_000, interval: 5 })).toBe(SUPERUSER);
  expect(await countRows()).toBe(before);
  await held[Symbol.asyncDispose]();
  expect(await failure).toBe('');
  expect(await countRows()).toBe(before + 400);
});

test('PR-6: one that is held when the database crashes is not stored', async () => {
  const before = await countRows();
  const held = await holdCommits(url);
  const failure = write();
  await vi.waitUntil(() => held.findUser(), { timeout: 10_000, interval: 5 });
  await cluster.restart('immediate');
  await held[Symbol.asyncDispose]();
  expect(await failure).toContain('terminat');
  expect(await countRows()).toBe(before);
});
