import { describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../support/server.js';
import { storeKinds } from '../../support/stores.js';
import { group, person, type Body } from '../../support/wukong-client.js';

/** Bob has read and unread conversations of five types. */
async function tellStory({ client }: TestServer): Promise<void> {
  for (const type of [2, 3, 4, 255]) {
    await client.makeGroup(group(`g${type}`, type), ['alice', 'bob']);
    await client.say('alice', group(`g${type}`, type), '1');
  }
  await client.change('clearUnread', 'bob', group('g3', 3));
  await client.say('alice', person('bob'), '1');
  await client.say('carol', person('bob'), '1');
  await client.change('clearUnread', 'bob', person('carol'));
  await client.change('setUnread', 'bob', { ...person('marked'), unread: 3 });
}

describe.each(storeKinds)('on the store in $name', (kind) => {
  async function idsOf({ client }: TestServer, more: Body): Promise<string[]> {
    return (await client.list('bob', more)).map(({ channel_id: id }) => id);
  }

  test('WK-7 (C3): only_unread with msg_count 0 is the badge', async () => {
    await using server = await startServer({ kind });
    await tellStory(server);
    const unreadConversations = await server.client.list('bob', { only_unread: 1, msg_count: 0 });
    const totalUnread = unreadConversations.reduce((sum, conv) => sum + conv.unread, 0);
    expect(totalUnread).toBe(7);
    expect(unreadConversations.map(({ messages }) => messages)).toEqual([[], [], [], [], []]);
    const everyone = await server.client.list('bob');
    expect(everyone.reduce((sum, conv) => sum + conv.unread, 0)).toBe(totalUnread);
  });

  test('WK-7, SY-12: only_unread leaves out what has nothing unread, and changes nothing else', async () => {
    await using server = await startServer({ kind });
    await tellStory(server);
    const all = await server.client.list('bob', { msg_count: 2 });
    const unread = all.filter((row) => row.unread > 0);
    expect(all.length - unread.length).toBe(2);
    for (const [flag, expected] of [
      ...[1, true].map((on) => [on, unread] as const),
      ...[0, false, null, undefined].map((off) => [off, all] as const),
    ]) {
      expect(await server.client.list('bob', { msg_count: 2, only_unread: flag })).toEqual(expected);
    }
  });

  test('WK-8, SY-12: exclude_channel_types leaves out those types, and changes nothing else', async () => {
    await using server = await startServer({ kind });
    await tellStory(server);
    const all = await server.client.list('bob', { msg_count: 2 });
    for (const excluded of [[], [3, 4], [1], [1, 2, 3, 4, 255], [0, 7, -1, 1e15, 256]]) {
      expect(await server.client.list('bob', { msg_count: 2, exclude_channel_types: excluded })).toEqual(
        all.filter(({ channel_type: type }) => !excluded.includes(type)),
      );
    }
    expect(await server.client.list('bob', { msg_count: 2, exclude_channel_types: null })).toEqual(all);
  });

  test('WK-7, WK-8: filters and cursors work together', async () => {
    await using server = await startServer({ kind });
    await tellStory(server);
    const unread = { only_unread: 1, exclude_channel_types: [2] };
    expect(await idsOf(server, unread)).toEqual(['marked', 'alice', 'g255', 'g4']);
    expect(await idsOf(server, { ...unread, last_msg_seqs: 'alice:1:1|g4:4:0|g3:3:0|g2:2:0' })).toEqual([
      'marked',
      'g255',
      'g4',
    ]);
    const { version = 0 } = (await server.client.list('bob', unread))[1] ?? {};
    expect(await idsOf(server, { ...unread, version })).toEqual(['marked']);
    const pages = await Promise.all(
      [1, 2, 3].map((page) => idsOf(server, { ...unread, page, page_size: 2 })),
    );
    expect([...new Set(pages.flat())]).toEqual(['marked', 'alice', 'g255', 'g4']);
    expect(await idsOf(server, { ...unread, limit: 2 })).toEqual(['g4', 'g255']);
  });

  test('WK-15: unknown keys are ignored, and null is the same as absent', async () => {
    await using server = await startServer({ kind });
    await tellStory(server);
    const plain = await server.client.sync({ uid: 'bob', msg_count: 1 });
    const unknown = {
      larges: [{ channel_id: 'g', channel_type: 2 }],
      device_uuid: 'd-1',
      login_uid: 'someone',
      stream_v2: 1,
      setting: 'x',
      constructor: 5,
      '': null,
    };
    const nulls = {
      version: null,
      last_msg_seqs: null,
      only_unread: null,
      exclude_channel_types: null,
      page: null,
      page_size: null,
      limit: null,
      include_deleted: null,
    };
    for (const more of [unknown, nulls, { ...unknown, ...nulls }]) {
      expect((await server.client.sync({ uid: 'bob', msg_count: 1, ...more })).text).toBe(plain.text);
    }
    const withoutMessages = await server.client.sync({ uid: 'bob' });
    expect((await server.client.sync({ uid: 'bob', msg_count: null })).text).toBe(withoutMessages.text);
  });
});

test('WK-15, ER-5: unknown keys that are special in JavaScript are ignored too', async () => {
  await using server = await startServer();
  const plain = await server.client.post('/conversation/sync', '{"uid":"bob"}');
  for (const key of ['"__proto__":{"uid":5}', '"constructor":{"prototype":{"uid":5}}', '"__proto__":null']) {
    for (const body of [`{"uid":"bob",${key}}`, `{${key},"uid":"bob","x":{${key}}}`]) {
      const reply = await server.client.post('/conversation/sync', body);
      expect([body, reply.status, reply.text]).toEqual([body, 200, plain.text]);
    }
  }
});

test('WK-15: the bodies of real clients are understood', async () => {
  await using server = await startServer();
  await server.client.say('alice', person('user123'), 'hello');
  const bodies = [
    { uid: 'user123', msg_count: 1 },
    { uid: 'user123', version: 0, last_msg_seqs: '', msg_count: 1, larges: null },
    { uid: 'user123', version: 0, last_msg_seqs: '', msg_count: 200, device_uuid: 'a' },
    {
      uid: 'user123',
      version: 1640995200000000000,
      last_msg_seqs: 'user1:1:100|group1:2:200',
      msg_count: 10,
      only_unread: 0,
      exclude_channel_types: [3, 4],
    },
  ];
  for (const body of bodies) {
    expect((await server.client.sync(body)).ok()).toMatchObject([{ channel_id: 'alice', unread: 1 }]);
  }
});
