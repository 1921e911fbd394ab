import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_VERSION, type Version } from '../../src/domain/version.js';
import type { ListConversations } from '../../src/ports/store.js';
import { openStore } from '../../src/storage/open-store.js';
import { InlineCommitter } from '../../src/storage/sqlite/inline-committer.js';
import { openDatabase } from '../../src/storage/sqlite/open-database.js';
import { QuietUsers } from '../../src/storage/sqlite/quiet-users.js';
import { LocalChangeBus } from '../../src/system.js';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import { Chat } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Command, COMMUNITIES, commands, runCommand, USERS } from '../support/history.js';
import { memoryKind, sqliteKind } from '../support/stores.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { openWorld } from '../support/world.js';

/** How the neighbour of the process that writes hears of it, if there is one. */
type Hearing = 'at once' | 'never' | 'the wrong way round' | 'nobody';

interface Step {
  readonly command: Command;
  readonly writer: number;
  readonly includeDeleted: boolean;
  readonly onlyUnread: boolean;
  readonly goesOn: boolean;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    command: commands,
    writer: fc.nat({ max: 1 }),
    includeDeleted: fc.boolean(),
    onlyUnread: fc.nat({ max: 4 }).map((one) => one === 0),
    goesOn: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30, size: 'max' },
);

/** Users of two communities have the same numbers. */
const READERS = COMMUNITIES.flatMap((communityId) => USERS.map((uid) => ({ communityId, uid })));

/** One store, or two on one file as two processes have them. */
async function openStores(
  clock: FakeClock,
  hearing: Hearing,
): Promise<{ stores: SqliteStore[] } & AsyncDisposable> {
  const folder = createTemporaryFolder();
  const path = `${folder.path}/tidemark.db`;
  await (await openStore({ db: path, clock, changes: new LocalChangeBus() })).close();
  const isShared = hearing !== 'nobody';
  const buses = Array.from({ length: isShared ? 2 : 1 }, () => new LocalChangeBus());
  const stores = buses.map((changes, index) => {
    const database = openDatabase(path);
    database.pragma('synchronous = OFF');
    const held: Parameters<LocalChangeBus['publish']>[0][] = [];
    const committer = new InlineCommitter(database, (change) => {
      changes.publish(change);
      const other = buses[1 - index];
      if (hearing === 'at once') other?.publish(change);
      if (hearing !== 'the wrong way round') return;
      held.push(change);
      if (held.length >= 2) for (const late of held.splice(0).toReversed()) other?.publish(late);
    });
    const quietUsers = new QuietUsers({ isShared });
    return new SqliteStore({ database, committer, changes, clock, quietUsers });
  });
  const close = async (): Promise<void> => {
    for (const store of stores) await store.close();
    folder[Symbol.dispose]();
  };
  return { stores, [Symbol.asyncDispose]: close };
}

describe.each<Hearing>(['at once', 'never', 'the wrong way round', 'nobody'])(
  'neighbours hear: %s',
  (hearing) => {
    test(
      'ST-26: who polls gets what the model gives, on either process',
      () =>
        checkProperty(
          fc.asyncProperty(steps, async (history) => {
            await using model = await openWorld(memoryKind);
            await using opened = await openStores(model.clock, hearing);
            for (const id of COMMUNITIES.slice(1)) await opened.stores[0]?.createCommunity({ name: `${id}` });
            const cursors = new Map<string, Version>();
            const oldest = new Map<string, Version>();
            for (const { command, writer, includeDeleted, onlyUnread, goesOn } of history) {
              await runCommand(model, command);
              const store = opened.stores[writer % opened.stores.length];
              if (!store) throw new Error('no store');
              if (command.kind !== 'moveClock') await runCommand({ store, clock: model.clock }, command);
              for (const [index, polled] of opened.stores.entries()) {
                for (const { communityId, uid } of READERS) {
                  const key = `${index}/${communityId}/${uid}`;
                  const query: ListConversations = {
                    communityId,
                    uid,
                    after: cursors.get(key) ?? NO_VERSION,
                    known: [],
                    onlyUnread,
                    excludeTypes: [],
                    includeDeleted,
                    messageCount: 1,
                    window: { kind: 'all' },
                  };
                  const expected = await model.store.listConversations(query);
                  expect(await polled.listConversations(query), key).toEqual(expected);
                  // Once more, now that the first may have been remembered.
                  expect(await polled.listConversations(query), key).toEqual(expected);
                  // A device that has fallen behind asks from further back.
                  const behind = { ...query, after: oldest.get(key) ?? NO_VERSION };
                  expect(await polled.listConversations(behind), key).toEqual(
                    await model.store.listConversations(behind),
                  );
                  if (!oldest.get(key)) oldest.set(key, expected.completeUpTo);
                  if (goesOn) cursors.set(key, expected.completeUpTo);
                }
              }
            }
          }),
          { runs: 25 },
        ),
      PROPERTY_TIMEOUT_MS,
    );
  },
);

test('ST-26: what has left the list is not known from a poll without a cursor, which is not told of it', async () => {
  await using opened = await sqliteKind.open(new FakeClock());
  const chat = new Chat(opened.store);
  await chat.send('ann', { type: 2, name: 'g' });
  const after = await chat.position('ann');
  await chat.deleteConversation('ann', { type: 2, name: 'g' });
  expect(await chat.names('ann', { includeDeleted: true })).toEqual([]);
  expect(await chat.names('ann', { includeDeleted: true, after })).toEqual(['-g']);
});

test('ST-26: a quiet poll reads one row, whatever the number of conversations', async () => {
  await using opened = await sqliteKind.open(new FakeClock());
  const chat = new Chat(opened.store);
  for (let index = 0; index < 50; index += 1) await chat.send('ann', { type: 2, name: `g${index}` });
  const after = await chat.position('ann');
  await chat.list('ann', { after });
  opened.log.statements.length = 0;
  expect((await chat.list('ann', { after })).conversations).toEqual([]);
  expect(opened.log.statements.filter((sql) => sql.includes('memberships'))).toEqual([]);
  expect(opened.log.statements.filter((sql) => sql.includes('FROM clocks'))).toHaveLength(1);
});

test('ST-27: a process that serves alone need not look at the file, but does so after a moment', async () => {
  await using opened = await sqliteKind.open(new FakeClock());
  let nowMs = 0;
  const clock = new FakeClock();
  const quietUsers = new QuietUsers({ isShared: false, now: () => nowMs });
  const changes = new LocalChangeBus();
  const { database, log } = opened;
  const committer = new InlineCommitter(database, (change) => changes.publish(change));
  const chat = new Chat(new SqliteStore({ database, committer, changes, clock, quietUsers }));
  const elsewhere = new Chat(opened.store);
  await chat.send('ann', { type: 2, name: 'g' });
  const after = await chat.position('ann');
  const poll = async (): Promise<readonly [names: string[], statements: number]> => {
    log.statements.length = 0;
    return [await chat.names('ann', { after }), log.statements.length];
  };
  await poll();
  expect(await poll()).toEqual([[], 1]);
  expect(await poll()).toEqual([[], 0]);
  // What it writes itself is seen at once, and so is what is for others.
  await chat.send('bob', { type: 2, name: 'h' });
  expect(await poll()).toEqual([[], 0]);
  await chat.join({ type: 2, name: 'h' }, 'ann');
  expect((await poll())[0]).toEqual(['h']);
  await chat.deleteConversation('ann', { type: 2, name: 'h' });
  await poll();
  await poll();

  await elsewhere.send('bob', { type: 2, name: 'g' });
  expect(await poll()).toEqual([[], 0]);
  // A client that has heard of it elsewhere is not taken for one from the future.
  const ahead = await elsewhere.position('ann');
  const beyond = await chat.list('ann', { after: ahead });
  expect([beyond.reset, beyond.completeUpTo]).toEqual([false, ahead]);
  nowMs += 100;
  expect((await poll())[0]).toEqual(['g']);
});

test('ST-27: once a reply has shown a commit that is not announced yet, the next ones know of it', async () => {
  await using opened = await sqliteKind.open(new FakeClock());
  const clock = new FakeClock();
  const quietUsers = new QuietUsers({ isShared: false, now: () => 0 });
  const changes = new LocalChangeBus();
  const { database } = opened;
  const committer = new InlineCommitter(database, (change) => changes.publish(change));
  const chat = new Chat(new SqliteStore({ database, committer, changes, clock, quietUsers }));
  const unheard = new Chat(opened.store);
  await chat.send('ann', { type: 2, name: 'g' });
  await chat.join({ type: 2, name: 'g' }, 'bob');
  const after = await chat.position('ann');
  await chat.names('ann', { after });
  await chat.names('ann', { after });

  await unheard.send('bob', { type: 2, name: 'g' });
  expect(await chat.names('ann', { after })).toEqual([]);
  const shown = await chat.position('bob');
  const { completeUpTo } = await chat.list('ann', { after });
  expect(completeUpTo).toBe(shown);
  expect(await chat.names('ann', { after })).toEqual(['g']);
});
