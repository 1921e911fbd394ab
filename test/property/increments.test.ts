import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Version } from '../../src/domain/version.js';
import type { Window } from '../../src/ports/store.js';
import type { ReadConversationPage } from '../support/read-messages.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import type { Chat } from '../support/chat.js';
import { commands, histories, runCommand, USERS, writes } from '../support/history.js';
import { clientKinds, Replica } from '../support/replica.js';
import { quickStoreKinds } from '../support/stores.js';
import { openWorld } from '../support/world.js';

/** More messages than a channel gets here, so that a conversation always comes with all of them. */
const ALL_MESSAGES = 50;

/** More than there are conversations. */
const MAX_PORTIONS = 100;

/** 0 is none. */
const limits = fc.nat({ max: 7 });
const users = fc.constantFrom(...USERS);

function windowOf(limit: number): Window {
  return limit === 0 ? { kind: 'all' } : { kind: 'limit', limit };
}

function snapshot(chat: Chat, uid: string): Promise<ReadConversationPage> {
  return chat.list(uid, { messageCount: ALL_MESSAGES });
}

function increment(
  chat: Chat,
  uid: string,
  { after, limit = 0 }: { after: Version; limit?: number },
): Promise<ReadConversationPage> {
  return chat.list(uid, { after, includeDeleted: true, messageCount: ALL_MESSAGES, window: windowOf(limit) });
}

for (const kind of quickStoreKinds) {
  describe(`increments, ${kind.name}`, () => {
    test(
      'SY-10: from every cursor, a snapshot then and the changes since make a snapshot now',
      () =>
        checkProperty(
          fc.asyncProperty(
            histories(commands, 40),
            fc.array(
              fc.record({ client: clientKinds, limit: limits, offset: fc.integer({ min: -2047, max: 511 }) }),
              {
                minLength: 5,
                maxLength: 20,
              },
            ),
            async (history, picks) => {
              await using world = await openWorld(kind);
              const chat = world.chat();
              const past: { uid: string; page: ReadConversationPage }[] = [];
              for (const command of history) {
                await runCommand(world, command);
                for (const uid of USERS) past.push({ uid, page: await snapshot(chat, uid) });
              }
              const now = new Map<string, ReadConversationPage>();
              for (const uid of USERS) now.set(uid, await snapshot(chat, uid));
              for (const [index, { uid, page }] of past.entries()) {
                const pick = picks[index % picks.length];
                if (!pick) throw new Error('no pick');
                const replica = new Replica(pick.client);
                replica.start(page, pick.offset);
                await replica.catchUp((after) => increment(chat, uid, { after, limit: pick.limit }));
                expect(replica.rows).toEqual(now.get(uid)?.conversations);
              }
            },
          ),
          { runs: 25 },
        ),
      PROPERTY_TIMEOUT_MS,
    );

    test(
      'SY-10, SY-13: devices that ask for a portion now and then, while others write, end with the snapshot',
      () =>
        checkProperty(
          fc.asyncProperty(
            histories(commands, 60),
            fc.array(
              fc.record({
                client: clientKinds,
                uid: users,
                limit: limits,
                every: fc.integer({ min: 1, max: 5 }),
              }),
              {
                minLength: 3,
                maxLength: 10,
              },
            ),
            async (history, picks) => {
              await using world = await openWorld(kind);
              const chat = world.chat();
              const devices = picks.map((pick) => ({ ...pick, replica: new Replica(pick.client) }));
              for (const [step, command] of history.entries()) {
                await runCommand(world, command);
                for (const { uid, replica, limit, every } of devices) {
                  if (step % every === 0)
                    replica.apply(await increment(chat, uid, { after: replica.cursor, limit }));
                }
              }
              for (const { uid, replica, limit } of devices) {
                await replica.catchUp((after) => increment(chat, uid, { after, limit }));
                expect(replica.rows).toEqual((await snapshot(chat, uid)).conversations);
              }
            },
          ),
          { runs: 40 },
        ),
      PROPERTY_TIMEOUT_MS,
    );

    test(
      'SY-11: what a single write changes for a user is in his next increment, and nothing else',
      () =>
        checkProperty(
          fc.asyncProperty(histories(commands, 50), clientKinds, async (history, client) => {
            await using world = await openWorld(kind);
            const chat = world.chat();
            for (const command of history) {
              const before: [string, ReadConversationPage][] = [];
              for (const uid of USERS) before.push([uid, await snapshot(chat, uid)]);
              await runCommand(world, command);
              for (const [uid, page] of before) {
                const replica = new Replica(client);
                replica.start(page);
                const changes = await increment(chat, uid, { after: replica.cursor });
                replica.apply(changes);
                expect(replica.rows, `${uid} after ${command.kind}`).toEqual(
                  (await snapshot(chat, uid)).conversations,
                );
                const touched = 'channel' in command && command.communityId === 1 ? [command.channel] : [];
                for (const { channel } of changes.conversations) expect(touched).toContainEqual(channel);
                expect(changes.reset).toBe(false);
              }
            }
          }),
          { runs: 30 },
        ),
      PROPERTY_TIMEOUT_MS,
    );

    test(
      'SY-13: portions under a limit, without writes in between, are the answer without a limit, cut',
      () =>
        checkProperty(
          fc.asyncProperty(
            histories(writes, 40),
            fc.double({ min: 0, max: 1, noNaN: true }),
            fc.boolean(),
            async (history, at, onlyUnread) => {
              await using world = await openWorld(kind);
              const chat = world.chat();
              const versions: Version[] = [];
              for (const command of history) {
                await runCommand(world, command);
                versions.push(await chat.position('ann'));
              }
              const start =
                versions[Math.floor(at * versions.length * 2) - versions.length] ?? (0 as Version);
              for (const uid of USERS) {
                const options = { includeDeleted: true, onlyUnread, messageCount: ALL_MESSAGES };
                const whole = await chat.rows(uid, { ...options, after: start });
                for (const limit of [1, 2, 3, 7]) {
                  const portions: ReadConversationPage[] = [];
                  let after = start;
                  do {
                    const portion = await chat.list(uid, { ...options, after, window: windowOf(limit) });
                    portions.push(portion);
                    after = portion.conversations.at(-1)?.version ?? after;
                    expect(portion.hasMore ? portion.conversations.length : limit).toBe(limit);
                    expect(portion.conversations.length).toBeLessThanOrEqual(limit);
                    expect(portions.length).toBeLessThan(MAX_PORTIONS);
                  } while (portions.at(-1)?.hasMore);
                  const together = portions.flatMap(({ conversations }) => conversations);
                  // Without a cursor, deletions come only once there is one.
                  const expected = start === 0 ? together.filter(({ isDeleted }) => !isDeleted) : together;
                  expect(expected.toReversed()).toEqual(whole);
                }
              }
            },
          ),
          { runs: 25 },
        ),
      PROPERTY_TIMEOUT_MS,
    );
  });
}
