import { expect, test } from 'vitest';
import { type Topic, channelTopic } from '../../src/domain/topic.js';
import type { Version } from '../../src/domain/version.js';
import { type Waiter, Waiters } from '../../src/engine/waiters.js';
import type { Change } from '../../src/ports/change.js';
import { QuietUsers } from '../../src/storage/sqlite/quiet-users.js';
import { systemTimer } from '../../src/system.js';

const LIMITS = { maxWaiters: 1000, maxWaitersPerUser: 1000 };

function changeOf(communityId: number, topics: Change['topics']): Change {
  return { communityId, after: 0 as Version, upTo: 1024 as Version, topics };
}

function enter(waiters: Waiters, communityId: number, topics: readonly Topic[]): Waiter {
  const waiter = waiters.enter({ communityId, uid: 'ann' }, 60_000);
  waiters.watch(waiter, topics);
  return waiter;
}

/** Whether each has been woken by now. */
async function areWoken(waiters: Waiters, all: readonly Waiter[]): Promise<boolean[]> {
  waiters.close();
  return Promise.all(all.map((waiter) => waiter.next()));
}

test('WK-18: a change wakes those whom it concerns, in its community', async () => {
  const waiters = new Waiters(systemTimer, LIMITS);
  const one = channelTopic(1);
  const all = [enter(waiters, 1, [one]), enter(waiters, 1, [channelTopic(2)]), enter(waiters, 2, [one])];
  waiters.wake(changeOf(1, [one]));
  expect(await areWoken(waiters, all)).toEqual([true, false, false]);
});

test('WK-18: it does so however many wait', () => {
  const count = 150_000;
  const waiters = new Waiters(systemTimer, { maxWaiters: count, maxWaitersPerUser: count });
  const one = channelTopic(1);
  for (let index = 0; index < count; index += 1) enter(waiters, 1, [one]);
  expect(() => waiters.wake(changeOf(1, [one]))).not.toThrow();
  waiters.close();
});

test('PG-4, WK-18: one of which it is not known whom it concerns wakes all of its community', async () => {
  const waiters = new Waiters({ ...systemTimer, soon: (next) => next() }, LIMITS);
  const all = [
    // More than are woken at once.
    ...Array.from({ length: 120 }, (_, id) => enter(waiters, 1, [channelTopic(id)])),
    enter(waiters, 1, []),
    enter(waiters, 2, [channelTopic(1)]),
  ];
  waiters.wake(changeOf(1, 'all'));
  expect(await areWoken(waiters, all)).toEqual(all.map((_, index) => index < 121));
});

test('PG-4, ST-26: after such a change, what was known of quiet users is not trusted', () => {
  const quietUsers = new QuietUsers({ isShared: true });
  const poll = {
    communityId: 1,
    uid: 'ann',
    after: 1024 as Version,
    includeDeleted: false,
    last: 1024 as Version,
  };
  quietUsers.remember(poll, [channelTopic(1)]);
  expect(quietUsers.isQuiet(poll)).toBe(true);
  quietUsers.hear({ communityId: 1, after: 1024 as Version, upTo: 2048 as Version, topics: 'all' });
  expect(quietUsers.isQuiet({ ...poll, last: 2048 as Version })).toBe(false);
});
