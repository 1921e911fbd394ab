import { expect, test, vi } from 'vitest';
import { countDelayedCommits, delayCommits } from '../../checker/delay-commits.js';
import { PostgresCluster } from '../../postgres-cluster/postgres-cluster.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';

/** One in twenty is delayed. */
const WRITE = 'INSERT INTO messages SELECT generate_series(1, 400)';
const FIND_SLEEPER = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'";

test('PR-6: a commit that is delayed is seen in its session, and whether it was cut off, in the log', async () => {
  await using cluster = await PostgresCluster.start();
  const url = await cluster.createDatabase();
  await queryOnce(url, 'CREATE TABLE messages (seq integer)');
  await delayCommits(url);
  await queryOnce(url, WRITE);
  const whole = countDelayedCommits(cluster.readLog());
  expect(whole.begun).toBeGreaterThan(0);
  expect(whole.ended).toBe(whole.begun);

  const reason = queryOnce(url, WRITE).then(
    () => 'none',
    (error: Error) => error.message,
  );
  await vi.waitUntil(async () => (await queryOnce(cluster.url, FIND_SLEEPER)).length > 0, { interval: 1 });
  await cluster.restart('immediate');
  expect(await reason).toContain('terminat');
  const { begun, ended } = countDelayedCommits(cluster.readLog());
  expect(begun - ended).toBe(1);
  expect(await queryOnce(url, 'SELECT count(*)::integer AS count FROM messages')).toEqual([{ count: 400 }]);
});
