import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import { FakeClock } from '../support/fake-clock.js';
import { anyChange, change, makeRooms, turnPages } from '../support/room-changes.js';
import { ALL_VERSIONS, RoomChat } from '../support/room-chat.js';
import { quickStoreKinds } from '../support/stores.js';
import { describeEveryStore } from './store-contract.js';

const WAYS = (['updated', 'created'] as const).flatMap((order) =>
  (['ascending', 'descending'] as const).map((direction) => ({ order, direction })),
);

const KINDS = 'post postUnlisted postOwn send edit delete react topic clear'.split(' ');

/** What can happen to messages while cat stays a member. */
const anyMessageChange = anyChange.filter(({ kind }) => KINDS.includes(kind));

async function nothing(): Promise<void> {}

describeEveryStore('pages of messages', (open) => {
  test.each(WAYS)('KT-5: pages by $order, $direction, are the list cut in pieces', async (way) => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    await rooms.postMany('ann', roomId, 4);
    const all = way.direction === 'ascending' ? [1, 2, 3, 4, 5] : [5, 4, 3, 2, 1];
    const page = (number: number, size: number): Promise<number[]> =>
      rooms.seqs('ann', roomId, { ...way, page: number, size });
    expect(await page(1, 2)).toEqual(all.slice(0, 2));
    expect(await page(2, 2)).toEqual(all.slice(2, 4));
    expect(await page(3, 2)).toEqual(all.slice(4));
    expect(await page(4, 2)).toEqual([]);
    expect(await page(1, 5)).toEqual(all);
    expect(await page(2, 5)).toEqual([]);
    expect(await page(1_000_000, 500)).toEqual([]);
  });

  test.each(WAYS)('KT-5: pages by $order, $direction, are filled up with messages to show', async (way) => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    for (const state of [7, 0, 7, 7, 0, 7, 0]) await rooms.post('ann', roomId, { state });
    const excludedStates = [1, 7];
    const shown = way.direction === 'ascending' ? [3, 6, 8] : [8, 6, 3];
    expect(await rooms.seqs('ann', roomId, { ...way, excludedStates, page: 1, size: 2 })).toEqual(
      shown.slice(0, 2),
    );
    expect(await rooms.seqs('ann', roomId, { ...way, excludedStates, page: 1, size: 3 })).toEqual(shown);
  });

  test.each(WAYS)(
    'KT-5: by $order, $direction, none is missed when those that were seen change',
    async (way) => {
      await using world = await open();
      const { rooms } = world;
      const roomId = await rooms.create('ann');
      await rooms.postMany('ann', roomId, 7);
      const range = { ...ALL_VERSIONS, to: await rooms.position() };
      const all = (await rooms.messages('ann', roomId, { ...way, range })).messages;
      const seen = new Set<number>();
      for (let page = 1; page <= 20; page += 1) {
        const { messages } = await rooms.messages('ann', roomId, { ...way, range, page, size: 2 });
        for (const { id } of messages) seen.add(id);
        const [first] = messages;
        if (first) await rooms.react('ann', { messageId: first.id }, `${page}`);
        await rooms.post('ann', roomId);
      }
      expect(seen).toEqual(new Set(all.map(({ id }) => id)));
    },
  );
});

describe.each(quickStoreKinds)('pages of messages under changes, $name', (kind) => {
  test.each(WAYS)(
    'KT-5: a client that turns pages by $order, $direction, while others write, and then asks for what is new, misses nothing',
    { timeout: PROPERTY_TIMEOUT_MS },
    async (way) => {
      const property = fc.asyncProperty(
        fc.record({
          size: fc.integer({ min: 1, max: 4 }),
          stop: fc.constantFrom('empty' as const, 'short' as const),
          isOpen: fc.boolean(),
          excludedStates: fc.constantFrom([], [7]),
          first: fc.array(anyMessageChange, { minLength: 3, maxLength: 20 }),
          before: fc.array(anyMessageChange, { maxLength: 10 }),
          meanwhile: fc.array(fc.array(anyMessageChange, { maxLength: 3 }), { maxLength: 10 }),
        }),
        async ({ size, stop, isOpen, excludedStates, first, before, meanwhile }) => {
          await using opened = await kind.open(new FakeClock());
          const rooms = new RoomChat(opened.store);
          const made = await makeRooms(rooms, 1);
          const [roomId = 0] = made.ids;
          for (const each of first) await change(made, each);
          const options = { ...way, excludedStates };
          const { messages: had } = await rooms.messages('cat', roomId, options);
          const known = new Map(had.map((message) => [message.id, message]));
          const from = await rooms.position();
          for (const each of before) await change(made, each);

          const turns = [...meanwhile];
          const until = await rooms.position();
          const range = { from, to: isOpen ? ALL_VERSIONS.to : until };
          const seen = await turnPages(
            { size, stop },
            async (page) => (await rooms.messages('cat', roomId, { ...options, range, page, size })).messages,
            async () => {
              for (const each of turns.shift() ?? []) await change(made, each);
            },
          );
          const newer = { ...ALL_VERSIONS, from: until };
          const next = await turnPages(
            { size, stop },
            async (page) =>
              (await rooms.messages('cat', roomId, { ...options, range: newer, page, size })).messages,
            nothing,
          );
          for (const message of [...seen, ...next]) known.set(message.id, message);

          const { messages: expected } = await rooms.messages('cat', roomId, options);
          expect(expected.map(({ id }) => known.get(id))).toEqual(expected);
        },
      );
      await checkProperty(property, { runs: 30 });
    },
  );
});
