import { describe, expect, test } from 'vitest';
import { explainPlan, recordStatements, repeatNewest } from '../../support/kettle-bulk.js';
import type { KettleMember } from '../../support/kettle-client.js';
import { startKettle, type KettleServer } from '../../support/kettle-server.js';
import { storeKinds, type OpenedSqlite } from '../../support/stores.js';
import { group } from '../../support/wukong-client.js';

/** What the servers that do this job today get wrong. C14 is in test/races/kettle-paging.test.ts. */
describe.each(storeKinds)('on the store in $name', (kind) => {
  test('KT-48 (C13): SQL in `tag` and elsewhere is a text, or refused', async () => {
    await using server = await startKettle({ kind });
    const ann = await server.login('ann');
    const tagged = await ann.createRoom({ tag: "' OR '1'='1" });
    await ann.createRoom({ tag: 'plain' });
    expect(await ann.roomIds("tag='")).toEqual([]);
    expect(await ann.roomIds('tag=%27%20OR%20%271%27%3D%271')).toEqual([tagged]);
    for (const tag of ["';DROP TABLE messages;--", "x' UNION SELECT 1--", '%', '"', '\\', 'null);--']) {
      const reply = await ann.get('/chatroom/sync', `tag=${encodeURIComponent(tag)}`);
      expect([tag, reply.status, reply.data<{ chatrooms_data: unknown }>().chatrooms_data]).toEqual([
        tag,
        200,
        [],
      ]);
    }
    for (const name of ['min_timestamp', 'max_timestamp', 'page', 'chatroom_types', 'chatroom_id']) {
      const reply = await ann.get('/chatroom/sync', `${name}=${encodeURIComponent('0) OR 1=1--')}`);
      expect([name, reply.error[0]]).toEqual([name, 400]);
    }
    expect(await ann.roomIds()).toHaveLength(2);
  });

  test('KT-12 (C15): read on one phone, the other shows 0 unseen at its next sync', async () => {
    await using server = await startKettle({ kind });
    const ann = await server.login('ann');
    const [phone, tablet] = [await server.login('bob'), await server.login('bob')];
    const roomId = await ann.createRoom({ uuids: ['bob'] });
    await ann.say(roomId, 'one');
    await ann.say(roomId, 'two');
    const [first] = (await tablet.rooms()).chatrooms_data;
    expect(first?.unseen_count).toBe(2);
    const since = `min_timestamp=${(await tablet.message(roomId, first?.last_conversation_id ?? 0)).last_updated + 1}`;
    expect(await tablet.roomIds(since)).toEqual([]);
    await phone.markRead(roomId);
    const [next] = (await tablet.rooms(since)).chatrooms_data;
    expect([next?.id, next?.unseen_count]).toEqual([roomId, 0]);
    // A moment later, what ann has is unchanged: reading is one's own.
    expect(await ann.roomIds(since)).toEqual([]);
  });

  test('KT-8, ST-9 (C16): a member who was removed reads nothing any more', async () => {
    await using server = await startKettle({ kind });
    const [ann, bob] = [await server.login('ann'), await server.login('bob')];
    const channel = group('club');
    await server.admin.makeGroup(channel, ['ann', 'bob']);
    await server.admin.say('ann', channel, 'hello');
    const [room] = (await bob.rooms()).chatrooms_data;
    const roomId = room?.id ?? 0;
    expect(await bob.texts(roomId)).toEqual(['hello']);
    await server.admin.post('/channel/subscriber_remove', { ...channel, subscribers: ['bob'] });
    await ann.say(roomId, 'now he is gone');
    for (const query of [
      '',
      '&is_local_db=false',
      '&min_timestamp=1',
      `&conversation_id=${room?.last_conversation_id}`,
    ]) {
      expect((await bob.get('/conversation/sync', `chatroom_id=${roomId}${query}`)).error[0]).toBe(403);
    }
    expect(await bob.roomIds()).toEqual([]);
    expect((await bob.post(roomId, { text: 'still here?' })).error[0]).toBe(403);
    expect(await ann.texts(roomId)).toEqual(['hello', 'now he is gone']);
  });
});

const SIZES = [10, 100_000] as const;

type Server = KettleServer<OpenedSqlite>;

/** A room of bob's for each number of messages, all of them unread, and nothing else. */
async function fillRooms(
  server: Server,
  sizes: readonly number[],
): Promise<{ bob: KettleMember; roomIds: number[] }> {
  const [ann, bob] = [await server.login('ann'), await server.login('bob')];
  const roomIds: number[] = [];
  for (const size of sizes) {
    const roomId = await ann.createRoom({ title: `Of ${size}`, uuids: ['bob'] });
    await ann.say(roomId, 'the same again');
    repeatNewest(server.opened.database, roomId, size - 1);
    roomIds.push(roomId);
  }
  return { bob, roomIds };
}

/** Every way in which the clients ask for one room, and for a page of its messages. */
function requestsFor(roomId: number): string[] {
  const rooms = ['is_local_db=true', 'is_local_db=false', 'min_timestamp=1'];
  const messages = ['', 'is_local_db=false', 'is_local_db=false&order_by=ASC', 'min_timestamp=1'];
  return [
    ...rooms.map((query) => `/chatroom/sync?chatroom_id=${roomId}&${query}`),
    ...messages.map((query) => `/conversation/sync?chatroom_id=${roomId}&page_size=5&${query}`),
  ];
}

describe('what syncing costs in SQLite', () => {
  test('KT-7 (C17): unseen counts cost the same for 10 and for 100 000 messages', async () => {
    await using server = await startKettle();
    const { bob, roomIds } = await fillRooms(server, SIZES);
    const { database } = server.opened;
    const rooms = new Map((await bob.rooms()).chatrooms_data.map((room) => [room.id, room.unseen_count]));
    expect(roomIds.map((id) => rooms.get(id))).toEqual(SIZES);
    const requests = roomIds.map(requestsFor);
    for (let index = 0; index < (requests[0]?.length ?? 0); index += 1) {
      const plans: string[][][] = [];
      for (const [which] of SIZES.entries()) {
        const path = requests[which]?.[index] ?? '';
        const statements = await recordStatements(server, async () => (await bob.get(path)).data());
        plans.push(statements.map((sql) => explainPlan(database, sql)));
      }
      // The same statements in the same way, none of which goes through a table or sorts what it finds there.
      expect(plans[1]).toEqual(plans[0]);
      const steps = plans.flat(2);
      expect(steps.filter((step) => /^SCAN (?!json_each|wanted|place|CONSTANT)/.test(step))).toEqual([]);
    }
  });

  test('KT-7 (C17): counting reads the index of what does not count, which is empty in both rooms', async () => {
    await using server = await startKettle();
    const { bob, roomIds } = await fillRooms(server, SIZES);
    const { database } = server.opened;
    const statements = await recordStatements(server, () => bob.rooms());
    const counting = statements.filter((sql) => /count\(\*\)\s+FROM messages/.test(sql));
    expect(counting).toHaveLength(1);
    const ofMessages = explainPlan(database, counting[0] ?? '').filter((step) =>
      /^(SEARCH|SCAN) [xy] /.test(step),
    );
    // By key or by place, but for the one range: of those that do not count.
    const ranges = ofMessages.filter((step) => !/seq=\?\)|messages_by_id/.test(step));
    expect(ranges).toEqual([
      'SEARCH y USING PRIMARY KEY (community_id=? AND channel_id=?)',
      'SEARCH x USING COVERING INDEX messages_uncounted (community_id=? AND channel_id=? AND seq>?)',
    ]);
    const rowsIn = database.prepare<[number], number>(
      'SELECT count(*) FROM messages INDEXED BY messages_uncounted WHERE community_id = 1 AND channel_id = ? AND is_counted = 0',
    );
    // The header.
    expect(roomIds.map((id) => rowsIn.pluck().get(id))).toEqual([1, 1]);
  });

  test('KT-49: a page of messages is read from the index, in its order', async () => {
    await using server = await startKettle();
    const { bob, roomIds } = await fillRooms(server, [10_000]);
    const { database } = server.opened;
    for (const query of ['', 'is_local_db=false', 'is_local_db=false&order_by=ASC', 'min_timestamp=1']) {
      const isIncrement = query === 'min_timestamp=1';
      const statements = await recordStatements(server, () =>
        bob.messages(roomIds[0] ?? 0, `${query}&page=3`),
      );
      const reading = statements.filter((sql) => /FROM messages\b/.test(sql) && sql.includes('OFFSET'));
      expect(reading).toHaveLength(1);
      const plan = explainPlan(database, reading[0] ?? '');
      // An increment sorts what has changed since, and looks at nothing else.
      const sorts = plan.filter((step) => step.includes('TEMP B-TREE'));
      expect(sorts).toHaveLength(isIncrement ? 2 : 0);
      const changes = plan.filter(
        (step) => step.includes('messages_by_update (') && step.includes('updated_version>'),
      );
      expect(changes.length).toBeGreaterThanOrEqual(isIncrement ? 2 : 0);
    }
  });

  test('KT-49: as many statements for pages of 1, 10 and 100, in rooms of 10 and of 10 000', async () => {
    await using server = await startKettle();
    const { bob, roomIds } = await fillRooms(server, [10, 10_000]);
    const ann = await server.login('ann');
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => ann.createRoom({ title: `${index}`, uuids: ['bob'] })),
    );
    const [small = 0, large = 0] = roomIds;
    await ann.ask(large);
    await ann.react(
      await ann.say(large, 'x', { attachments: [{ url: 'u', type: 'image' }], metadata: { a: 1 } }),
      'x',
    );
    const count = async (path: string): Promise<number> =>
      (await recordStatements(server, async () => (await bob.get(path)).data())).filter((sql) =>
        /^\s*(SELECT|WITH)\b/.test(sql),
      ).length;
    for (const mode of ['is_local_db=true', 'is_local_db=false']) {
      const counts: number[] = [];
      const ofRooms: number[] = [];
      for (const size of [1, 10, 100]) {
        ofRooms.push(
          await count(`/chatroom/sync?${mode}&included_conversation_states=[0,1,10]&page_size=${size}`),
        );
        for (const id of [small, large]) {
          counts.push(await count(`/conversation/sync?chatroom_id=${id}&page_size=${size}&${mode}`));
        }
      }
      expect([mode, new Set(ofRooms).size, new Set(counts).size]).toEqual([mode, 1, 1]);
      expect(Math.max(...ofRooms)).toBeLessThanOrEqual(12);
      expect(Math.max(...counts)).toBeLessThanOrEqual(20);
    }
  });

  test('KT-49: reading never writes', async () => {
    await using server = await startKettle();
    const { bob, roomIds } = await fillRooms(server, [10]);
    const changes = (): unknown => server.opened.database.prepare('SELECT total_changes()').pluck().get();
    const before = changes();
    const paths = [...requestsFor(roomIds[0] ?? 0), '/sdk/initiate'];
    for (const path of paths) {
      const statements = await recordStatements(server, async () => (await bob.get(path)).data());
      expect(statements.filter((sql) => !/^\s*(SELECT|WITH|BEGIN$|END$)\b/.test(sql))).toEqual([]);
    }
    expect(changes()).toBe(before);
    expect((await bob.rooms()).chatrooms_data[0]?.unseen_count).toBe(10);
  });
});
