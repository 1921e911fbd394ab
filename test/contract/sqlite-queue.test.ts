import { expect, test } from 'vitest';
import { migrateSqlite } from '../../src/storage/sqlite/migrate-sqlite.js';
import { openDatabase } from '../../src/storage/sqlite/open-database.js';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.js';
import { Chat, group } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';

const team = group('team');

interface World extends AsyncDisposable {
  readonly store: SqliteStore;
  readonly chat: Chat;
}

function open(maxQueued?: number): World {
  const database = openDatabase(':memory:');
  migrateSqlite(database);
  const store = new SqliteStore(database, {
    clock: new FakeClock(),
    ...(maxQueued !== undefined && { maxQueued }),
  });
  return { store, chat: new Chat(store), [Symbol.asyncDispose]: () => store.close() };
}

async function outcomes(sends: readonly Promise<{ seq: number }>[]): Promise<(number | string)[]> {
  const settled = await Promise.allSettled(sends);
  return settled.map((result) =>
    result.status === 'fulfilled' ? result.value.seq : String(Reflect.get(Object(result.reason), 'code')),
  );
}

test('HD-8: writes beyond the most that may wait fail at once, and those that wait are written', async () => {
  await using world = open(3);
  const { chat } = world;
  const waiting = [chat.send('ann', team), chat.send('ann', team), chat.send('ann', team)];
  const beyond = outcomes([chat.send('ann', team), chat.markRead('ann', team).then(() => ({ seq: 0 }))]);
  const first = await Promise.race([beyond, outcomes(waiting.slice(0, 1))]);
  expect(first).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
  // Reads do not queue.
  expect(await chat.seqs('ann', team)).toEqual([]);
  expect(await outcomes(waiting)).toEqual([1, 2, 3]);
  expect(await outcomes([chat.send('ann', team)])).toEqual([4]);
});

test('HD-8: 10 000 may wait', async () => {
  await using world = open();
  const sends = Array.from({ length: 10_001 }, () => world.chat.send('ann', team));
  const results = await outcomes(sends);
  expect(results.slice(0, 10_000)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
  expect(results.at(-1)).toBe('UNAVAILABLE');
});
