import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import type { Chat } from '../support/chat.js';
import {
  type Command,
  commands,
  histories,
  moveClock,
  runCommand,
  USERS,
  writes,
} from '../support/history.js';
import { clientKinds, double, Replica } from '../support/replica.js';
import { quickStoreKinds } from '../support/stores.js';
import { type HistoryWorld, openWorld } from '../support/world.js';
import { type ReadConversation, type ReadConversationPage } from '../support/read-messages.js';

const ALL_MESSAGES = 50;

/** More than all conversations fill. */
const MAX_PAGES = 100;

/** How a client knows that it has turned the last page. */
type StopRule = 'empty page' | 'short page';

/** What others do while it turns pages: everything but purging, which the rule excepts. */
const meanwhile = fc.oneof({ weight: 9, arbitrary: writes }, { weight: 1, arbitrary: moveClock });

const turns = fc.record({
  uid: fc.constantFrom(...USERS),
  size: fc.integer({ min: 1, max: 4 }),
  stop: fc.constantFrom<StopRule>('empty page', 'short page'),
  limit: fc.nat({ max: 3 }),
  /** What happens after the first page, after the second, and so on. */
  between: fc.array(fc.array(meanwhile, { maxLength: 6 }), { minLength: 2, maxLength: 8, size: 'max' }),
});

interface Turning {
  readonly stop: StopRule;
  readonly size: number;
  readonly between: readonly (readonly Command[])[];
}

/** Turns pages until the client takes one for the last, with writes in between. */
async function turnPages(
  world: HistoryWorld,
  { stop, size, between }: Turning,
  read: (page: number) => Promise<ReadConversationPage>,
): Promise<void> {
  for (let number = 1; number < MAX_PAGES; number += 1) {
    const { conversations } = await read(number);
    if (conversations.length < (stop === 'empty page' ? 1 : size)) return;
    for (const command of between[number - 1] ?? []) await runCommand(world, command);
  }
  throw new Error(`page ${MAX_PAGES} is not the last one`);
}

function catchUp(
  replica: Replica,
  chat: Chat,
  query: { uid: string; limit: number } & Parameters<Chat['list']>[1],
): Promise<void> {
  const { uid, limit, ...options } = query;
  const window = limit === 0 ? { kind: 'all' as const } : { kind: 'limit' as const, limit };
  return replica.catchUp((after) =>
    chat.list(uid, { ...options, after, window, messageCount: ALL_MESSAGES }),
  );
}

for (const kind of quickStoreKinds) {
  describe(`paging, ${kind.name}`, () => {
    test(
      'SY-18: pages turned while others write, and an increment from the highest version, make a snapshot',
      () =>
        checkProperty(
          fc.asyncProperty(histories(commands, 40), turns, clientKinds, async (history, turning, client) => {
            await using world = await openWorld(kind);
            const chat = world.chat();
            for (const command of history) await runCommand(world, command);
            const { uid, size, limit } = turning;
            const replica = new Replica({ ...client, follows: 'rows' });
            await turnPages(world, turning, async (number) => {
              const window = { kind: 'page' as const, page: number, size };
              const page = await chat.list(uid, { window, includeDeleted: true, messageCount: ALL_MESSAGES });
              replica.apply(page);
              return page;
            });
            await catchUp(replica, chat, { uid, limit, includeDeleted: true });
            expect(replica.rows).toEqual(await chat.rows(uid, { messageCount: ALL_MESSAGES }));
          }),
          { runs: 80 },
        ),
      PROPERTY_TIMEOUT_MS,
    );

    test(
      'SY-18, SY-10: so do pages of the changes since a cursor',
      () =>
        checkProperty(
          fc.asyncProperty(
            histories(commands, 30),
            histories(commands, 20),
            turns,
            async (history, later, turning) => {
              await using world = await openWorld(kind);
              const chat = world.chat();
              for (const command of history) await runCommand(world, command);
              const { uid, size, limit } = turning;
              const start = await chat.list(uid, { messageCount: ALL_MESSAGES });
              const replica = new Replica({ follows: 'rows', arithmetic: double });
              replica.start(start);
              for (const command of later) await runCommand(world, command);
              await turnPages(world, turning, async (number) => {
                const window = { kind: 'page' as const, page: number, size };
                const options = { window, includeDeleted: true, messageCount: ALL_MESSAGES };
                const page = await chat.list(uid, { ...options, after: start.completeUpTo });
                replica.apply(page);
                return page;
              });
              await catchUp(replica, chat, { uid, limit, includeDeleted: true });
              expect(replica.rows).toEqual(await chat.rows(uid, { messageCount: ALL_MESSAGES }));
            },
          ),
          { runs: 60 },
        ),
      PROPERTY_TIMEOUT_MS,
    );

    test(
      'SY-18: pages under a filter, and without deletions, miss no conversation that is there in the end',
      () =>
        checkProperty(
          fc.asyncProperty(
            histories(commands, 40),
            turns,
            fc.subarray([1, 5]),
            async (history, turning, excludeTypes) => {
              await using world = await openWorld(kind);
              const chat = world.chat();
              for (const command of history) await runCommand(world, command);
              const { uid, size, limit } = turning;
              const filter = { onlyUnread: true, excludeTypes };
              const replica = new Replica({ follows: 'rows', arithmetic: double });
              await turnPages(world, turning, async (number) => {
                const window = { kind: 'page' as const, page: number, size };
                const page = await chat.list(uid, { ...filter, window, messageCount: ALL_MESSAGES });
                replica.apply(page);
                return page;
              });
              await catchUp(replica, chat, { uid, limit, ...filter });
              const held = new Map(replica.rows.map((row) => [row.channel.name + row.channel.type, row]));
              const expected = await chat.rows(uid, { ...filter, messageCount: ALL_MESSAGES });
              const found = expected.map((row): ReadConversation | undefined =>
                held.get(row.channel.name + row.channel.type),
              );
              expect(found).toEqual(expected);
            },
          ),
          { runs: 60 },
        ),
      PROPERTY_TIMEOUT_MS,
    );
  });
}
