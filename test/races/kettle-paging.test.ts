import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isOnPostgres } from '../support/chosen-stores.js';
import { FakeClock } from '../support/fake-clock.js';
import type { KettleMember, WireRoom, WireRow } from '../support/kettle-client.js';
import {
  MESSAGE_LOOPS,
  messageReader,
  pickSeed,
  ROOM_LOOPS,
  roomReader,
  seededChoice,
  turnPages,
  type Loop,
} from '../support/kettle-paging.js';
import { startKettle, type KettleServer } from '../support/kettle-server.js';

const ROOMS = 500;
const MAXES = ['start', 'now'] as const;
/** Fewer where each read is a statement through a socket. */
const OTHER_PAGE_SIZES = isOnPostgres ? [3] : [2, 3, 50];

function each(loops: readonly Loop[]): { loop: Loop; name: string; max: (typeof MAXES)[number] }[] {
  return loops.flatMap((loop) => MAXES.map((max) => ({ loop, max, name: loop.name })));
}

/** What a client shows of a room. */
function shownRoom({
  id,
  title,
  last_conversation_id: last,
  unseen_count: unseen,
  mute_status: isMuted,
}: WireRoom): string {
  return JSON.stringify({ id, title, last, unseen, isMuted });
}

/** What a client shows of a message. */
function shownRow({ id, answer, deleted_by_user_id: deletedBy, last_updated: updated }: WireRow): string {
  return JSON.stringify({ id, answer, deletedBy, updated });
}

interface Row {
  readonly id: number;
}

/** What a client has that keeps every row by its id; the last one that came counts. */
function keep<Item extends Row>(
  kept: Map<number, string>,
  rows: readonly Item[],
  show: (row: Item) => string,
): void {
  for (const row of rows) kept.set(row.id, show(row));
}

describe('rooms', () => {
  const clock = new FakeClock();
  let server: KettleServer;
  let ann: KettleMember;
  let bob: KettleMember;
  let ids: number[] = [];

  beforeAll(async () => {
    server = await startKettle({ clock });
    ann = await server.login('ann');
    bob = await server.login('bob');
    ids = await Promise.all(
      Array.from({ length: ROOMS }, (_, index) => ann.createRoom({ title: `${index}`, uuids: ['bob'] })),
    );
    await Promise.all(ids.map((id) => ann.say(id, 'the first')));
  }, 180_000);

  afterAll(() => server[Symbol.asyncDispose]());

  /** One of the things that move a room, for everyone or only for the reader. */
  async function changeRoom(id: number, which: number): Promise<void> {
    clock.move(2);
    if (which === 0)
      await bob.change('PUT', '/chatroom/mute', { chatroom_id: id, value: clock.nowMs() % 4 === 0 });
    else if (which === 1) await bob.markRead(id);
    else if (which === 2) await ann.edit(await ann.say(id, 'more'), `edited ${clock.nowMs()}`);
    else await ann.say(id, 'more');
    clock.move(2);
  }

  test.each(each(ROOM_LOOPS))(
    'KT-3 (C14): 500 rooms paged as $name does, up to $max, while one changes continually: none lost',
    async ({ loop, max }) => {
      const seed = pickSeed();
      const choose = seededChoice(seed);
      const changed = new Set<number>();
      const read = roomReader(bob, loop);
      clock.move(5000);
      const between = async (): Promise<void> => {
        for (let count = choose(4); count >= 0; count -= 1) {
          const id = ids[choose(ids.length)] ?? 0;
          changed.add(id);
          await changeRoom(id, choose(4));
        }
      };
      const run = { max, nowMs: () => clock.nowMs() };
      const first = await turnPages(loop, { read, between }, { ...run, min: 0, isFirstRun: true });
      expect(changed.size, `seed ${seed}`).toBeGreaterThan(5);
      const seen = new Set(first.rows.map(({ id }) => id));
      const missed = ids.filter((id) => !seen.has(id) && !changed.has(id));
      expect(missed, `unchanged rooms missed, seed ${seed}`).toEqual([]);

      clock.move(5000);
      const kept = new Map<number, string>();
      keep(kept, first.rows, shownRoom);
      const nothing = async (): Promise<void> => undefined;
      const next = await turnPages(
        loop,
        { read, between: nothing },
        { ...run, min: first.next, isFirstRun: false },
      );
      keep(kept, next.rows, shownRoom);
      const fresh = new Map<number, string>();
      const all = await bob.rooms(`page_size=500&${loop.query}`);
      keep(fresh, all.chatrooms_data, shownRoom);
      expect(fresh.size).toBe(ROOMS);
      expect(kept, `seed ${seed}`).toEqual(fresh);
    },
  );

  test('KT-3: rooms that leave the list, are joined or are left out while pages are turned make nobody else skip', async () => {
    const seed = pickSeed();
    const choose = seededChoice(seed);
    for (const loop of ROOM_LOOPS) {
      const changed = new Set<number>();
      const read = roomReader(bob, loop);
      clock.move(5000);
      const between = async (): Promise<void> => {
        for (let count = 0; count < 3; count += 1) {
          const id = ids[choose(ids.length)] ?? 0;
          changed.add(id);
          clock.move(2);
          await bob.change('PUT', '/chatroom/follow', { chatroom_id: id, value: false });
          if (choose(2) === 0) await bob.change('PUT', '/chatroom/follow', { chatroom_id: id, value: true });
        }
      };
      const run = { max: 'start', min: 0, isFirstRun: true, nowMs: () => clock.nowMs() } as const;
      const { rows } = await turnPages(loop, { read, between }, run);
      const seen = new Set(rows.map(({ id }) => id));
      expect(
        ids.filter((id) => !seen.has(id) && !changed.has(id)),
        `${loop.name}, seed ${seed}`,
      ).toEqual([]);
      clock.move(2);
      for (const id of changed) await bob.change('PUT', '/chatroom/follow', { chatroom_id: id, value: true });
    }
  });
});

describe('messages', () => {
  const clock = new FakeClock();
  // Android keeps its clock at the end of a run: what changed during the run is in reach of the overlap only.
  const servers = {
    exact: startKettle({ clock }),
    overlapping: startKettle({ clock, settings: { overlapSeconds: 120 } }),
  };

  afterAll(async () => {
    for (const server of Object.values(servers)) await (await server)[Symbol.asyncDispose]();
  });

  interface Scene {
    readonly ann: KettleMember;
    readonly bob: KettleMember;
    readonly roomId: number;
    readonly ids: readonly number[];
  }

  async function setScene(server: KettleServer, choose: (limit: number) => number): Promise<Scene> {
    const [ann, bob] = [await server.login('ann', { isManager: true }), await server.login('bob')];
    const roomId = await ann.createRoom({ uuids: ['bob'] });
    const ids: number[] = [];
    for (let index = 0; index < 60; index += 1) {
      clock.move(3);
      ids.push(await (index % 2 === 0 ? ann : bob).say(roomId, `message ${index}`));
    }
    // Some were changed before, so that both orders differ.
    for (let index = 0; index < 10; index += 1) {
      clock.move(3);
      await ann.react(ids[choose(ids.length)] ?? 0, `${index}`);
    }
    return { ann, bob, roomId, ids };
  }

  /** One of the things that change a message, or add one. */
  async function changeMessage(
    { ann, roomId, ids }: Scene,
    choose: (limit: number) => number,
  ): Promise<number> {
    // Those of ann have even places.
    const id = ids[choose(ids.length / 2) * 2] ?? 0;
    const { deleted_by_user_id: deletedBy } = await ann.message(roomId, id);
    clock.move(2);
    const which = deletedBy === null ? choose(4) : 3;
    if (which === 0) await ann.edit(id, `edited ${clock.nowMs()}`);
    else if (which === 1) await ann.react(id, `${clock.nowMs()}`);
    else if (which === 2) await ann.remove(id);
    else await ann.say(roomId, `new ${clock.nowMs()}`);
    clock.move(2);
    return which === 3 ? 0 : id;
  }

  test.each(each(MESSAGE_LOOPS))(
    'KT-5: messages paged as $name does, up to $max, while they are posted, edited, deleted and reacted to: none lost',
    async ({ loop, max, name }) => {
      const seed = pickSeed();
      const choose = seededChoice(seed);
      const server = await (name === 'Android' ? servers.overlapping : servers.exact);
      for (const pageSize of [loop.pageSize, ...OTHER_PAGE_SIZES]) {
        const context = `page size ${pageSize}, seed ${seed}`;
        const scene = await setScene(server, choose);
        const { bob, roomId, ids } = scene;
        const sized = { ...loop, pageSize };
        const read = messageReader(bob, sized, roomId);
        clock.move(5000);
        const changed = new Set<number>();
        let budget = 60;
        const between = async (): Promise<void> => {
          for (let count = choose(3); count >= 0 && budget > 0; count -= 1, budget -= 1) {
            changed.add(await changeMessage(scene, choose));
          }
        };
        const run = { max, nowMs: () => clock.nowMs() };
        const first = await turnPages(sized, { read, between }, { ...run, min: 0, isFirstRun: true });
        const seen = new Set(first.rows.map(({ id }) => id));
        expect(
          ids.filter((id) => !seen.has(id) && !changed.has(id)),
          `unchanged missed, ${context}`,
        ).toEqual([]);

        const kept = new Map<number, string>();
        keep(kept, first.rows, shownRow);
        // Twice more: once with writes in between, once without.
        const second = await turnPages(
          sized,
          { read, between },
          { ...run, min: first.next, isFirstRun: false },
        );
        keep(kept, second.rows, shownRow);
        clock.move(5000);
        const nothing = async (): Promise<void> => undefined;
        const last = await turnPages(
          sized,
          { read, between: nothing },
          { ...run, min: second.next, isFirstRun: false },
        );
        keep(kept, last.rows, shownRow);
        const fresh = new Map<number, string>();
        keep(fresh, (await bob.messages(roomId, 'page_size=500')).conversations_data, shownRow);
        expect(kept, context).toEqual(fresh);
      }
    },
  );

  test('KT-5: messages that had changed before, and change again while pages are turned, hide none', async () => {
    const loop = MESSAGE_LOOPS.find(({ name }) => name === 'iOS');
    if (!loop) throw new Error('there is no such loop');
    const server = await servers.exact;
    const ann = await server.login('ann');
    const roomId = await ann.createRoom();
    clock.move(5000);
    const min = clock.nowMs();
    const say = async (count: number): Promise<number[]> => {
      const ids: number[] = [];
      for (let index = 0; index < count; index += 1) ids.push(await ann.say(roomId, `${index}`));
      return ids;
    };
    const react = async (ids: readonly number[]): Promise<void> => {
      clock.move(5);
      for (const id of ids) await ann.react(id, `${clock.nowMs()}`);
      clock.move(5);
    };
    const changing = await say(10);
    await react(changing);
    const quiet = await say(6);
    clock.move(5);
    // As many pages as change nothing but the offset; then what they offset changes again.
    const between = async (page: number): Promise<void> =>
      page === 7 ? react(changing.slice(0, 6)) : undefined;
    const read = messageReader(ann, loop, roomId);
    const run = { max: 'start', min, isFirstRun: false, nowMs: () => clock.nowMs() } as const;
    const { rows } = await turnPages({ ...loop, pageSize: 3 }, { read, between }, run);
    const seen = new Set(rows.map(({ id }) => id));
    expect(quiet.filter((id) => !seen.has(id))).toEqual([]);
  });
});
