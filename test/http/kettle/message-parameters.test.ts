import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.js';
import type { KettleMember, WireRow } from '../../support/kettle-client.js';
import { startKettle, type KettleServer } from '../../support/kettle-server.js';

const MAX = 9_007_199_254_740_991;

interface Scene {
  readonly ann: KettleMember;
  readonly bob: KettleMember;
  readonly roomId: number;
  /** One to four, said in this order, ten seconds apart; then two was edited and one was deleted. */
  readonly ids: readonly number[];
  /** The last_updated of each. */
  readonly times: ReadonlyMap<string, number>;
}

async function setScene(server: KettleServer, clock: FakeClock): Promise<Scene> {
  const ann = await server.login('ann');
  const bob = await server.login('bob');
  const roomId = await ann.createRoom({ header: 'head', uuids: [bob.uid] });
  const ids: number[] = [];
  for (const text of ['one', 'two', 'three', 'four']) {
    clock.move(10_000);
    ids.push(await ann.say(roomId, text));
  }
  clock.move(10_000);
  await ann.edit(ids[1] ?? 0, 'two');
  await ann.edit(ids[1] ?? 0, 'TWO');
  clock.move(10_000);
  await ann.remove(ids[0] ?? 0);
  clock.move(10_000);
  const rows = (await bob.messages(roomId)).conversations_data;
  const times = new Map(rows.map(({ answer, last_updated }) => [answer, last_updated]));
  return { ann, bob, roomId, ids, times };
}

/** The texts that a query lists, in their order. */
async function list({ bob, roomId }: Scene, query: string): Promise<string> {
  const reply = await bob.get('/conversation/sync', `chatroom_id=${roomId}&${query}`);
  const rows = reply.data<{ conversations_data: WireRow[] }>().conversations_data;
  return rows.map(({ answer }) => answer).join(' ');
}

const NEWEST_CHANGE_FIRST = 'one TWO four three head';
const OLDEST_CHANGE_FIRST = 'head three four TWO one';
const NEWEST_FIRST = 'four three TWO one head';
const OLDEST_FIRST = 'head one TWO three four';

describe('the parameters of GET /conversation/sync', () => {
  test('KT-20: what each SDK sends, byte for byte', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const scene = await setScene(server, clock);
    const now = clock.nowMs();
    const stored = scene.times.get('TWO') ?? 0;
    const created = scene.times.get('three') ?? 0;
    const bounds = `min_timestamp=0&max_timestamp=${now}`;
    const since = `min_timestamp=${stored}&max_timestamp=${now}`;
    for (const [query, expected] of [
      [`page=1&page_size=50&${bounds}&is_local_db=false&excluded_conversation_states=[2,3]`, NEWEST_FIRST],
      [`page=1&page_size=50&min_timestamp=0&max_timestamp=${MAX}&is_local_db=false`, NEWEST_FIRST],
      [`page=1&page_size=50&${bounds}&is_local_db=undefined&conversation_id=undefined`, NEWEST_CHANGE_FIRST],
      [`page=1&page_size=500&${bounds}`, NEWEST_CHANGE_FIRST],
      [`page=1&page_size=500&min_timestamp=${stored}&max_timestamp=${now + 2000}`, 'TWO one'],
      [`page=1&page_size=100&${bounds}&is_local_db=true`, NEWEST_CHANGE_FIRST],
      [`page=1&page_size=500&${since}&is_local_db=true`, 'TWO one'],
      [
        `page=1&page_size=50&${bounds}&is_local_db=false&conversation_id&excluded_conversation_states=null&order_by=DESC`,
        NEWEST_FIRST,
      ],
      [`page=1&page_size=50&${bounds}&is_local_db=false&order_by=ASC&conversation_id=`, OLDEST_FIRST],
      [`page=1&page_size=1&${bounds}&is_local_db=false&order_by`, 'four'],
      [
        `page=1&page_size=50&min_timestamp=${created}&max_timestamp=${now}&is_local_db=false&order_by=ASC`,
        'one TWO three four',
      ],
      [
        `page=1&page_size=50&${bounds}&is_local_db=true&excluded_conversation_states=%5B1%5D`,
        'one TWO four three',
      ],
    ] as const) {
      expect([query, await list(scene, query)]).toEqual([query, expected]);
    }
  });

  test('KT-4, KT-18: the order, with and without a local database', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const scene = await setScene(server, clock);
    for (const [query, expected] of [
      ['', NEWEST_CHANGE_FIRST],
      ['is_local_db=true', NEWEST_CHANGE_FIRST],
      ['is_local_db=true&order_by=ASC', NEWEST_CHANGE_FIRST],
      ['min_timestamp=0', NEWEST_CHANGE_FIRST],
      ['min_timestamp=1', OLDEST_CHANGE_FIRST],
      ['min_timestamp=1&order_by=DESC', OLDEST_CHANGE_FIRST],
      ['is_local_db=false', NEWEST_FIRST],
      ['is_local_db=false&order_by=DESC', NEWEST_FIRST],
      ['is_local_db=false&order_by=ASC', OLDEST_FIRST],
      ['is_local_db=false&min_timestamp=1', NEWEST_FIRST],
      ['is_local_db=false&order_by=undefined', NEWEST_FIRST],
    ] as const) {
      expect([query, await list(scene, query)]).toEqual([query, expected]);
    }
    const { bob, roomId } = scene;
    for (const platform of ['ios', 'fl', 'rt', 'an']) {
      const reply = await bob
        .with({ 'x-platform-code': platform })
        .get('/conversation/sync', `chatroom_id=${roomId}`);
      const rows = reply.data<{ conversations_data: WireRow[] }>().conversations_data;
      expect(rows.map(({ answer }) => answer).join(' ')).toBe(NEWEST_CHANGE_FIRST);
    }
  });

  test('KT-4, KT-21: both bounds are of last_updated and inclusive, in either mode', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const scene = await setScene(server, clock);
    const four = scene.times.get('four') ?? 0;
    const two = scene.times.get('TWO') ?? 0;
    const seconds = Math.floor(two / 1000);
    for (const [query, expected] of [
      [`min_timestamp=${four}&max_timestamp=${two}`, 'four TWO'],
      [`min_timestamp=${four + 1}&max_timestamp=${two}`, 'TWO'],
      [`min_timestamp=${four}&max_timestamp=${two - 1}`, 'four'],
      [`min_timestamp=${four}&max_timestamp=${four}`, 'four'],
      [`min_timestamp=${two + 1}&max_timestamp=${two}`, ''],
      [`min_timestamp=${seconds}&max_timestamp=${seconds}`, 'TWO'],
      [`max_timestamp=${seconds}`, 'TWO four three head'],
      [`is_local_db=false&order_by=ASC&min_timestamp=${four}&max_timestamp=${two}`, 'TWO four'],
      [`is_local_db=false&min_timestamp=${two}`, 'TWO one'],
      [`is_local_db=false&max_timestamp=${four}`, 'four three head'],
      [`max_timestamp=${MAX}`, NEWEST_CHANGE_FIRST],
      [`min_timestamp=${MAX}`, ''],
    ] as const) {
      expect([query, await list(scene, query)]).toEqual([query, expected]);
    }
  });

  test('KT-4: deleted messages stay listed, and say by whom', async () => {
    await using server = await startKettle();
    const ann = await server.login('ann', { isManager: true });
    const bob = await server.login('bob');
    const roomId = await ann.createRoom({ uuids: [bob.uid] });
    const id = await bob.say(roomId, 'oops');
    const before = await bob.message(roomId, id);
    await ann.remove(id);
    for (const query of ['is_local_db=true', 'is_local_db=false', `conversation_id=${id}`]) {
      const rows = (await bob.messages(roomId, query)).conversations_data;
      const row = rows.find((one) => one.id === id);
      expect(row).toMatchObject({ deleted_by_user_id: ann.id, user_id: bob.id });
      expect(row?.last_updated).toBeGreaterThanOrEqual(before.last_updated);
    }
  });

  test('KT-18: excluded_conversation_states in any form, and conversation_id', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const scene = await setScene(server, clock);
    const { ann, bob, roomId, ids } = scene;
    await ann.ask(roomId);
    const all = `which? ${NEWEST_CHANGE_FIRST}`;
    for (const [form, expected] of [
      ['[2,3]', all],
      ['null', all],
      ['', all],
      ['[]', all],
      ['undefined', all],
      ['1', 'which? one TWO four three'],
      ['[1, 10]', 'one TWO four three'],
      ['1&excluded_conversation_states=10', 'one TWO four three'],
      ['%5B0%2C10%5D', 'head'],
    ] as const) {
      expect([form, await list(scene, `excluded_conversation_states=${form}`)]).toEqual([form, expected]);
    }
    expect(await list(scene, `conversation_id=${ids[2]}`)).toBe('three');
    expect(await list(scene, `conversation_id=${ids[2]}&page=2`)).toBe('');
    const elsewhere = await ann.say(await ann.createRoom(), 'elsewhere');
    for (const id of [987_654, elsewhere, 'x', '0', '-1', "1'"]) {
      const reply = await bob.get('/conversation/sync', `chatroom_id=${roomId}&conversation_id=${id}`);
      expect(reply.error).toEqual([400, 'Invalid conversation ID!']);
    }
  });

  test('KT-4: pages of page_size, 20 when it is left out; past the end they are empty', async () => {
    await using server = await startKettle();
    const ann = await server.login('ann');
    const roomId = await ann.createRoom();
    const ids: number[] = [];
    for (let index = 0; index < 22; index += 1) ids.unshift(await ann.say(roomId, `${index}`));
    const listIds = async (query: string): Promise<number[]> =>
      (await ann.messages(roomId, `${query}&excluded_conversation_states=1`)).conversations_data.map(
        ({ id }) => id,
      );
    for (const mode of ['', 'is_local_db=false&']) {
      expect(await listIds(mode)).toEqual(ids.slice(0, 20));
      expect(await listIds(`${mode}page_size=500`)).toEqual(ids);
      expect(await listIds(`${mode}page=5&page_size=5`)).toEqual(ids.slice(20));
      expect(await listIds(`${mode}page=9&page_size=5`)).toEqual([]);
    }
    expect(await listIds('min_timestamp=1&page=2&page_size=5')).toEqual(ids.toReversed().slice(4, 9));
  });

  test('KT-20: what cannot be read is refused by its name', async () => {
    await using server = await startKettle();
    const ann = await server.login('ann');
    const roomId = await ann.createRoom();
    for (const id of ['', 'x', '0', '-1', '1.5', 'undefined', 'null', `${roomId}&chatroom_id=${roomId}`]) {
      const reply = await ann.get('/conversation/sync', `chatroom_id=${id}`);
      expect(reply.error).toEqual([400, 'Invalid chatroom_id!']);
    }
    expect((await ann.get('/conversation/sync')).error).toEqual([400, 'Invalid chatroom_id!']);
    for (const order of ['up', '1', 'ASC;', 'created_at', 'ASC&order_by=DESC']) {
      const [status, message] = (
        await ann.get('/conversation/sync', `chatroom_id=${roomId}&order_by=${order}`)
      ).error;
      expect([order, status]).toEqual([order, 400]);
      expect(message).toMatch(/^Invalid order by value!$|order_by/);
    }
    for (const [name, values] of [
      ['page', ['0', '-1', 'x']],
      ['page_size', ['0', '501', '1.5']],
      ['min_timestamp', ['-1', 'now', '9007199254740992']],
      ['max_timestamp', ['-1', 'now', '%00']],
      ['is_local_db', ['maybe', '-1']],
      ['excluded_conversation_states', ['x', '[1', '{"a":1}']],
    ] as const) {
      for (const value of values) {
        const [status, message] = (
          await ann.get('/conversation/sync', `chatroom_id=${roomId}&${name}=${value}`)
        ).error;
        expect([value, status, message]).toEqual([value, 400, expect.stringContaining(name)]);
      }
    }
  });
});
