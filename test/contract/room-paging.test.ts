import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Room } from '../../src/domain/room.js';
import { group } from '../support/chat.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import { FakeClock } from '../support/fake-clock.js';
import { anyChange, change, makeRooms, turnPages } from '../support/room-changes.js';
import { ALL_VERSIONS, RoomChat } from '../support/room-chat.js';
import { quickStoreKinds } from '../support/stores.js';
import { describeEveryStore } from './store-contract.js';

const ORDERS = ['changed', 'lastMessage'] as const;

async function nothing(): Promise<void> {}

describeEveryStore('pages of rooms', (open) => {
  test('KT-3: pages are the list cut in pieces, and empty past its end', async () => {
    await using world = await open();
    const { rooms } = world;
    await makeRooms(rooms, 5);
    for (const order of ORDERS) {
      const all = await rooms.ids('cat', { order });
      const page = (number: number, size: number): Promise<number[]> =>
        rooms.ids('cat', { order, page: number, size });
      expect(await page(1, 2)).toEqual(all.slice(0, 2));
      expect(await page(2, 2)).toEqual(all.slice(2, 4));
      expect(await page(3, 2)).toEqual(all.slice(4));
      expect(await page(4, 2)).toEqual([]);
      expect(await page(1, 5)).toEqual(all);
      expect(await page(2, 5)).toEqual([]);
      expect(await page(1_000_000, 500)).toEqual([]);
    }
  });

  test('KT-3: pages are filled up with rooms to show', async () => {
    await using world = await open();
    const { rooms } = world;
    const { ids } = await makeRooms(rooms, 6);
    for (const index of [5, 3, 2]) await rooms.follow('cat', ids[index] ?? 0, false);
    for (const order of ORDERS) {
      expect(await rooms.ids('cat', { order, page: 1, size: 3 })).toEqual([ids[4], ids[1], ids[0]]);
      expect(await rooms.ids('cat', { order, roomId: ids[0], page: 1, size: 3 })).toEqual([ids[0]]);
    }
  });

  const departures: Record<string, (rooms: RoomChat, index: number, roomId: number) => Promise<unknown>> = {
    'the user leaves': (rooms, index) => rooms.chat.leave(group(`g${index}`), 'cat'),
    'the user clears': (rooms, index) => rooms.chat.deleteConversation('cat', group(`g${index}`)),
    'the user unfollows': (rooms, _index, roomId) => rooms.follow('cat', roomId, false),
    'the user mutes': (rooms, _index, roomId) => rooms.mute('cat', roomId),
    'somebody renames': (rooms, _index, roomId) => rooms.update('ann', roomId, { title: 'Renamed' }),
    'somebody tags anew': (rooms, _index, roomId) => rooms.update('ann', roomId, { tag: 'y' }),
    'somebody posts in': (rooms, _index, roomId) => rooms.post('ann', roomId),
  };

  test.each(Object.entries(departures))(
    'KT-3: none is missed when %s a room that was seen',
    async (_, depart) => {
      for (const order of ORDERS) {
        await using world = await open();
        const { rooms } = world;
        const { ids } = await makeRooms(rooms, 6);
        for (const id of ids) await rooms.update('ann', id, { tag: 'x' });
        const range = { ...ALL_VERSIONS, to: await rooms.position() };
        const page = (number: number): Promise<number[]> =>
          rooms.ids('cat', { order, range, tag: 'x', page: number, size: 2 });
        expect(await page(1)).toEqual([ids[5], ids[4]]);
        await depart(rooms, 5, ids[5] ?? 0);
        await depart(rooms, 4, ids[4] ?? 0);
        expect(await page(2)).toEqual([ids[3], ids[2]]);
        await depart(rooms, 2, ids[2] ?? 0);
        expect(await page(3)).toEqual([ids[1], ids[0]]);
        expect(await page(4)).toEqual([]);
      }
    },
  );
});

describe.each(quickStoreKinds)('pages of rooms under changes, $name', (kind) => {
  test(
    'KT-3: a client that turns pages while others write, then asks for what is new, misses nothing',
    { timeout: PROPERTY_TIMEOUT_MS },
    async () => {
      const property = fc.asyncProperty(
        fc.record({
          size: fc.integer({ min: 1, max: 4 }),
          stop: fc.constantFrom('empty' as const, 'short' as const),
          isOpen: fc.boolean(),
          before: fc.array(anyChange, { maxLength: 10 }),
          meanwhile: fc.array(fc.array(anyChange, { maxLength: 4 }), { maxLength: 8 }),
        }),
        async ({ size, stop, isOpen, before, meanwhile }) => {
          await using opened = await kind.open(new FakeClock());
          const rooms = new RoomChat(opened.store);
          const made = await makeRooms(rooms, 7);
          const known = new Map((await rooms.list('cat')).rooms.map((room) => [room.id, room]));
          const from = await rooms.position();
          for (const each of before) await change(made, each);

          const turns = [...meanwhile];
          const until = await rooms.position();
          const range = { from, to: isOpen ? ALL_VERSIONS.to : until };
          const seen = await turnPages(
            { size, stop },
            async (page) => (await rooms.list('cat', { range, page, size })).rooms,
            async () => {
              for (const each of turns.shift() ?? []) await change(made, each);
            },
          );
          const next = await turnPages(
            { size, stop },
            async (page) =>
              (await rooms.list('cat', { range: { ...ALL_VERSIONS, from: until }, page, size })).rooms,
            nothing,
          );
          for (const room of [...seen, ...next]) known.set(room.id, room);

          const expected: readonly Room[] = (await rooms.list('cat')).rooms;
          expect(expected.map(({ id }) => known.get(id))).toEqual(expected);
        },
      );
      await checkProperty(property, { runs: 40 });
    },
  );

  test(
    'KT-3: by last messages, every room that stays on the list is seen, or is beyond the range in the end',
    { timeout: PROPERTY_TIMEOUT_MS },
    async () => {
      const property = fc.asyncProperty(
        fc.record({
          size: fc.integer({ min: 1, max: 4 }),
          stop: fc.constantFrom('empty' as const, 'short' as const),
          before: fc.array(anyChange, { maxLength: 10 }),
          meanwhile: fc.array(fc.array(anyChange, { maxLength: 4 }), { maxLength: 8 }),
        }),
        async ({ size, stop, before, meanwhile }) => {
          await using opened = await kind.open(new FakeClock());
          const rooms = new RoomChat(opened.store);
          const made = await makeRooms(rooms, 7);
          for (const each of before) await change(made, each);
          const turns = [...meanwhile];
          const range = { ...ALL_VERSIONS, to: await rooms.position() };
          const options = { order: 'lastMessage', range } as const;
          /** Who leaves the list is not owed a row, even if the user comes back to it. */
          let stayed = await rooms.ids('cat', options);
          const seen = await turnPages(
            { size, stop },
            (page) => rooms.ids('cat', { ...options, page, size }),
            async () => {
              for (const each of turns.shift() ?? []) {
                await change(made, each);
                const listed = await rooms.ids('cat', options);
                stayed = stayed.filter((id) => listed.includes(id));
              }
            },
          );
          expect(stayed.filter((id) => !seen.includes(id))).toEqual([]);
        },
      );
      await checkProperty(property, { runs: 40 });
    },
  );
});
