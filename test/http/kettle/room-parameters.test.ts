import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.js';
import type { KettleMember, WireRoom } from '../../support/kettle-client.js';
import { startKettle, type KettleServer } from '../../support/kettle-server.js';

const MAX = 9_007_199_254_740_991;

interface Scene {
  readonly ann: KettleMember;
  readonly bob: KettleMember;
  /** With a message each, in this order, ten seconds apart. */
  readonly rooms: Readonly<Record<'normal' | 'poll' | 'news' | 'direct', number>>;
  /** Made last, without a message of anyone. */
  readonly bare: number;
  names(this: void, ids: readonly number[]): string;
}

async function setScene(server: KettleServer, clock: FakeClock): Promise<Scene> {
  const ann = await server.login('ann', { isManager: true });
  const bob = await server.login('bob');
  const uuids = [bob.uid];
  const rooms = {
    normal: await ann.createRoom({ title: 'Normal', uuids, tag: 'red' }),
    poll: await ann.createRoom({ title: 'Poll', type: 3, uuids, tag: "o'clock" }),
    news: await ann.createRoom({ title: 'News', type: 7, uuids }),
    direct: await ann.openDirect(bob.uid),
  };
  for (const id of Object.values(rooms)) {
    clock.move(10_000);
    await ann.say(id, `in ${id}`);
  }
  clock.move(10_000);
  const bare = await ann.createRoom({ title: 'Bare', uuids });
  clock.move(10_000);
  const byId = new Map(Object.entries({ ...rooms, bare }).map(([name, id]) => [id, name]));
  return { ann, bob, rooms, bare, names: (ids) => ids.map((id) => byId.get(id)).join(' ') };
}

/** The names of the rooms that a query lists, in their order. */
async function list({ bob, names }: Scene, query: string, platform?: string): Promise<string> {
  const client = platform === undefined ? bob : bob.with({ 'x-platform-code': platform });
  const reply = await client.get('/chatroom/sync', query);
  return names(reply.data<{ chatrooms_data: WireRoom[] }>().chatrooms_data.map(({ id }) => id));
}

describe('the parameters of GET /chatroom/sync', () => {
  test('KT-20: what each SDK sends, byte for byte', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const scene = await setScene(server, clock);
    const ms = clock.nowMs();
    const s = Math.floor(ms / 1000);
    const sent: readonly (readonly [platform: string, query: string, expected: string])[] = [
      ['rt', `page=1&page_size=10&chatroom_types=0,7&min_timestamp=0&max_timestamp=${ms}`, 'news normal'],
      ['rt', `page=1&page_size=50&chatroom_types=%5B10%5D&min_timestamp=0&max_timestamp=${ms}`, 'direct'],
      ['rt', 'page=1&page_size=10&chatroom_types=undefined&max_timestamp=undefined', 'news poll normal'],
      ['rn', `page=1&chatroom_types=0%2C7&min_timestamp=0&max_timestamp=${ms}`, 'bare news normal'],
      [
        'an',
        `page=1&page_size=50&chatroom_types=%5B0%2C%207%5D&min_timestamp=0&max_timestamp=${s}`,
        'bare news normal',
      ],
      ['an', `page=1&page_size=50&chatroom_types=%5B10%5D&min_timestamp=0&max_timestamp=${s}`, 'direct'],
      [
        'ios',
        `page=1&page_size=500&chatroom_types=%5B0,7%5D&min_timestamp=0&max_timestamp=${s}&is_local_db=true`,
        'bare news normal',
      ],
      [
        'ios',
        `page=1&chatroom_types=[10]&min_timestamp=${s - 60}&max_timestamp=${s}&is_local_db=true`,
        'direct',
      ],
      [
        'fl',
        `page=1&page_size=50&chatroom_types=[0,7]&min_timestamp=0&max_timestamp=${ms}&is_local_db=false&tag`,
        'news normal',
      ],
      ['fl', `page=1&page_size=50&chatroom_types=10&max_timestamp=${ms}&is_local_db=false`, 'direct'],
      ['fl', 'chatroom_types=10&chatroom_types=0&is_local_db=false', 'direct normal'],
    ];
    for (const [platform, query, expected] of sent) {
      expect([platform, query, await list(scene, query, platform)]).toEqual([platform, query, expected]);
    }
  });

  test('KT-20, KT-17: a list in any of its forms; one that is left out means every type but 10', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const scene = await setScene(server, clock);
    const lists = {
      'bare news normal': [
        '0,7',
        '[0,7]',
        '[0, 7]',
        '%5B0%2C%207%5D',
        '0,%207',
        '[7,0,0]',
        '0&chatroom_types=7',
      ],
      direct: ['10', '[10]', '%5B10%5D', '["10"]', '10&chatroom_types=10'],
      '': ['99', '[8,9]'],
      'bare news poll normal': [
        '',
        'null',
        'undefined',
        '[]',
        '&chatroom_types=',
        'null&chatroom_types=undefined',
      ],
    };
    for (const [expected, forms] of Object.entries(lists)) {
      for (const form of forms) {
        expect([form, await list(scene, `chatroom_types=${form}`)]).toEqual([form, expected]);
      }
    }
    expect(await list(scene, 'chatroom_types')).toBe('bare news poll normal');
    expect(await list(scene, '')).toBe('bare news poll normal');
  });

  test('KT-17: a room of every type that there is, direct messages apart, is listed when none is asked for', async () => {
    await using server = await startKettle();
    const ann = await server.login('ann', { isManager: true });
    const create = (type: number) => ann.send('POST', '/chatroom', { body: { title: `Type ${type}`, type } });
    const statuses = await Promise.all(
      Array.from({ length: 256 }, async (_, type) => (await create(type)).status),
    );
    const made = statuses.flatMap((status, type) => (status === 200 ? [type] : []));
    expect(made).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
    const { chatrooms_data: listed } = await ann.rooms('page_size=500');
    expect(new Set(listed.map(({ type }) => type))).toEqual(new Set(made));
    expect((await create(12)).error).toEqual([400, 'type must be a whole number from 0 to 11']);
  });

  test('KT-17: without is_local_db, what the platform relies on', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const scene = await setScene(server, clock);
    for (const platform of ['ios', 'web', 'fl', 'rt']) {
      expect(await list(scene, '', platform)).toBe('news poll normal');
      expect(await list(scene, 'is_local_db=true', platform)).toBe('bare news poll normal');
      expect(await list(scene, 'is_local_db=undefined', platform)).toBe('news poll normal');
    }
    for (const platform of ['an', 'rn', '', 'other', undefined]) {
      expect(await list(scene, '', platform)).toBe('bare news poll normal');
      expect(await list(scene, 'is_local_db=false', platform)).toBe('news poll normal');
      expect(await list(scene, 'is_local_db', platform)).toBe('bare news poll normal');
    }
  });

  test('KT-1: with a local database by the last change, the own ones too; without by the last message', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const scene = await setScene(server, clock);
    const { ann, bob, rooms } = scene;
    const expectOrders = async (changed: string, lastMessage: string): Promise<void> => {
      clock.move(10_000);
      expect(await list(scene, 'is_local_db=true')).toBe(changed);
      expect(await list(scene, 'is_local_db=false')).toBe(lastMessage);
    };
    await bob.change('PUT', '/chatroom/mute', { chatroom_id: rooms.normal, value: true });
    await expectOrders('normal bare news poll', 'news poll normal');
    await bob.markRead(rooms.poll);
    await expectOrders('poll normal bare news', 'news poll normal');
    await ann.send('PUT', '/chatroom', { body: { chatroom_id: rooms.news, title: 'Newest' } });
    await expectOrders('news poll normal bare', 'news poll normal');
    const id = await ann.say(rooms.normal, 'more');
    await expectOrders('normal news poll bare', 'normal news poll');
    await ann.edit(await ann.say(rooms.poll, 'x'), 'y');
    await ann.edit(id, 'edited');
    await expectOrders('normal poll news bare', 'poll normal news');
    await bob.change('PUT', '/chatroom/follow', { chatroom_id: rooms.normal, value: false });
    await expectOrders('poll news bare', 'poll news');
    await bob.change('PUT', '/chatroom/follow', { chatroom_id: rooms.normal, value: true });
    await expectOrders('normal poll news bare', 'poll normal news');
  });

  test('KT-1, KT-17, KT-21: both bounds are inclusive, in seconds and in milliseconds', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const scene = await setScene(server, clock);
    const { bob, rooms } = scene;
    clock.move(777);
    await bob.markRead(rooms.poll);
    const { updated_at: s } = await bob.room(rooms.poll);
    const [row] = (await bob.messages(rooms.news)).conversations_data;
    const ms = row?.last_updated ?? 0;
    for (const [query, expected] of [
      [`min_timestamp=${s}`, 'poll'],
      [`min_timestamp=${s + 1}`, ''],
      [`min_timestamp=${s}&max_timestamp=${s}`, 'poll'],
      [`max_timestamp=${s - 1}`, 'bare news normal'],
      [`min_timestamp=${s * 1000}`, 'poll'],
      [`min_timestamp=${ms}&max_timestamp=${ms}`, 'news'],
      [`min_timestamp=${ms + 1}&max_timestamp=${ms + 5000}`, ''],
      [`max_timestamp=${ms - 1}`, 'normal'],
      [`min_timestamp=${ms}`, 'poll bare news'],
      [`min_timestamp=0&max_timestamp=${MAX}`, 'poll bare news normal'],
      [`min_timestamp=${MAX}&max_timestamp=${MAX}`, ''],
      ['min_timestamp=undefined&max_timestamp=', 'poll bare news normal'],
      ['min_timestamp&max_timestamp=null', 'poll bare news normal'],
      [`min_timestamp=${ms}&max_timestamp=${ms - 1}`, ''],
      ['max_timestamp=0', ''],
    ] as const) {
      expect([query, await list(scene, query)]).toEqual([query, expected]);
    }
    // Without a local database, the bounds are of the last message.
    expect(await list(scene, `is_local_db=false&min_timestamp=${ms}`)).toBe('news');
    expect(await list(scene, `is_local_db=false&max_timestamp=${ms}`)).toBe('news poll normal');
    for (const version of ['1', '2']) {
      const headers = { 'x-api-version': version };
      const reply = await bob.with(headers).get('/chatroom/sync', `min_timestamp=${s}&max_timestamp=${ms}0`);
      const page = reply.data<{ chatrooms_data: WireRoom[]; sync_meta: Record<number, object> }>();
      const { unseen_count = -1, last_conversation_id = -1 } = page.chatrooms_data[0] ?? {};
      expect(scene.names(page.chatrooms_data.map(({ id }) => id))).toBe('poll');
      expect(page.sync_meta).toEqual({ [rooms.poll]: { unseen_count, last_conversation_id } });
    }
  });

  test('KT-2, KT-17: the last message is the newest in the states that are asked for', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const scene = await setScene(server, clock);
    const { ann, bob, rooms, bare } = scene;
    const poll = await ann.ask(rooms.poll);
    expect((await bob.room(rooms.poll)).last_conversation_id).toBe(poll);
    const lastOf = async (query: string): Promise<unknown> =>
      (await bob.rooms(`chatroom_id=${rooms.poll}&${query}`)).chatrooms_data[0]?.last_conversation_id;
    expect(await lastOf('included_conversation_states=[0,10]')).toBe(poll);
    expect(await lastOf('included_conversation_states=0')).toBeLessThan(poll);
    expect(await list(scene, 'included_conversation_states=10')).toBe('poll');
    expect(await list(scene, 'included_conversation_states=[1]&is_local_db=false')).toBe(
      'bare news poll normal',
    );
    expect(await list(scene, 'included_conversation_states=[21]')).toBe('');
    expect(await list(scene, `chatroom_id=${bare}&is_local_db=false`)).toBe('');
    // A deleted message is still one.
    await ann.remove(poll);
    expect((await bob.room(rooms.poll)).last_conversation_id).toBe(poll);
  });

  test('KT-17: chatroom_id and tag filter', async () => {
    const clock = new FakeClock();
    await using server = await startKettle({ clock });
    const scene = await setScene(server, clock);
    const { rooms } = scene;
    expect(await list(scene, `chatroom_id=${rooms.news}`)).toBe('news');
    expect(await list(scene, `chatroom_id=${rooms.news}&chatroom_types=0`)).toBe('');
    expect(await list(scene, 'chatroom_id=987654321')).toBe('');
    expect(await list(scene, 'chatroom_id=undefined&tag=undefined')).toBe('bare news poll normal');
    expect(await list(scene, 'tag=red')).toBe('normal');
    expect(await list(scene, 'tag=Red')).toBe('');
    expect(await list(scene, 'tag=o%27clock')).toBe('poll');
    expect(await list(scene, 'tag=%25')).toBe('');
  });

  test('KT-1: pages are of page_size, 20 when it is left out; past the end they are empty', async () => {
    await using server = await startKettle();
    const ann = await server.login('ann');
    const ids: number[] = [];
    for (let index = 0; index < 23; index += 1) ids.unshift(await ann.createRoom({ title: `Room ${index}` }));
    expect(await ann.roomIds()).toEqual(ids.slice(0, 20));
    expect(await ann.roomIds('page=2')).toEqual(ids.slice(20));
    expect(await ann.roomIds('page=3')).toEqual([]);
    expect(await ann.roomIds('page=2147483647&page_size=500')).toEqual([]);
    expect(await ann.roomIds('page_size=5&page=2')).toEqual(ids.slice(5, 10));
    expect(await ann.roomIds('page_size=500&page=undefined')).toEqual(ids);
    expect(await ann.roomIds('page_size=&page')).toEqual(ids.slice(0, 20));
  });

  test('KT-1: a room that was deleted, or that the caller was removed from, is not listed', async () => {
    await using server = await startKettle();
    const { admin } = server;
    const ann = await server.login('ann');
    for (const id of ['one', 'two', 'three']) {
      const name = { channel_id: id, channel_type: 2 };
      await admin.makeGroup(name, ['ann', 'bob']);
      await admin.say('bob', name, 'hello');
    }
    await admin.post('/channel/delete', { channel_id: 'one', channel_type: 2 });
    await admin.post('/channel/subscriber_remove', {
      channel_id: 'two',
      channel_type: 2,
      subscribers: ['ann'],
    });
    for (const query of ['is_local_db=true', 'is_local_db=false']) {
      expect((await ann.rooms(query)).chatrooms_data.map(({ title }) => title)).toEqual(['three']);
    }
  });

  test('KT-20: what cannot be read is refused by its name', async () => {
    await using server = await startKettle();
    const ann = await server.login('ann');
    for (const [name, values] of [
      ['page', ['0', '-1', 'x', '1.5', '1e3', '2147483648', '1&page=2']],
      ['page_size', ['0', '-5', '501', 'ten', '0x10', ' 5']],
      [
        'chatroom_types',
        ['x', '[0,', '0,', ',', '{}', '-1', '1.5', '[0,"x"]', '[[0]]', 'true', '[null]', '0;7'],
      ],
      ['included_conversation_states', ['a', '[1,', '-1']],
      ['min_timestamp', ['x', '-1', '1.5', '9007199254740992', '1e12', 'NaN', '2025-11-21']],
      ['max_timestamp', ['x', '-1', 'Infinity', '0x0']],
      ['is_local_db', ['yes', '2', 'TRUEish', 'true&is_local_db=false']],
      ['tag', ['a&tag=b']],
    ] as const) {
      for (const value of values) {
        const reply = await ann.get('/chatroom/sync', `${name}=${value}`);
        const [status, message] = reply.error;
        expect([value, status, message]).toEqual([value, 400, expect.stringContaining(name)]);
      }
    }
    for (const id of ['0', '-1', 'x', '1.5', "'", '1&chatroom_id=2']) {
      expect((await ann.get('/chatroom/sync', `chatroom_id=${id}`)).error).toEqual([
        400,
        'Invalid chatroom ID!',
      ]);
    }
  });
});
