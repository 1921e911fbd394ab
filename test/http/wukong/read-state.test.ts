import { describe, expect, test } from 'vitest';
import { startServer } from '../../support/server.js';
import { storeKinds } from '../../support/stores.js';
import {
  group,
  only,
  person,
  type Body,
  type WireConversation,
  type WukongClient,
} from '../../support/wukong-client.js';

const G = group('g');

async function makeGroup(client: WukongClient, count: number): Promise<void> {
  await client.makeGroup(G, ['alice', 'bob']);
  for (let seq = 1; seq <= count; seq += 1) await client.say('alice', G, `message ${seq}`);
}

async function unreadOf(client: WukongClient, uid = 'bob'): Promise<number> {
  return (await client.find(uid, G)).unread;
}

describe.each(storeKinds)('on the store in $name', (kind) => {
  test('WK-33: marks as read up to message_seq, or up to the newest', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await makeGroup(client, 6);
    for (const [seq, unread, readSeq] of [
      [1, 5, 1],
      [4, 2, 4],
      [2, 2, 4],
      [4, 2, 4],
      [undefined, 0, 6],
    ] as const) {
      await client.change('clearUnread', 'bob', { ...G, message_seq: seq });
      const row = await client.find('bob', G);
      expect([seq, row.unread, row.readed_to_msg_seq]).toEqual([seq, unread, readSeq]);
    }
  });

  test('WK-33: a seq of 0 or null is none, and one beyond the newest is the newest', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await makeGroup(client, 2);
    for (const seq of [0, null, 30, Number.MAX_SAFE_INTEGER]) {
      await client.say('alice', G, 'one more');
      expect(await unreadOf(client)).toBeGreaterThan(0);
      await client.change('clearUnread', 'bob', { ...G, message_seq: seq });
      expect(await unreadOf(client)).toBe(0);
    }
    // Nothing was read in advance.
    await client.say('alice', G, 'one more');
    expect(await unreadOf(client)).toBe(1);
  });

  test('WK-34: the conversation then reads exactly unread', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await makeGroup(client, 5);
    for (const unread of [3, 5, 0, 1, 7, 7, 2, 0, 2 ** 31 - 1, 4, 0]) {
      await client.change('setUnread', 'bob', { ...G, unread, message_seq: 'ignored' });
      expect(await unreadOf(client)).toBe(unread);
    }
    await client.say('alice', G, 'one more');
    expect(await unreadOf(client)).toBe(1);
  });

  test('WK-34: a manual mark goes with the next clearUnread, and adds to what arrives', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await makeGroup(client, 1);
    await client.change('setUnread', 'bob', { ...G, unread: 3 });
    await client.say('alice', G, 'one more');
    expect(await unreadOf(client)).toBe(4);
    await client.change('clearUnread', 'bob', { ...G, message_seq: 1 });
    expect(await unreadOf(client)).toBe(1);
  });

  test('WK-34: in a group, only members have something to mark', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await makeGroup(client, 1);
    for (const channel of [G, group('unknown')]) {
      const body = { uid: 'carol', ...channel, unread: 1 };
      const reply = await client.post('/conversations/setUnread', body);
      expect(reply.outcome).toBe('404 NOT_FOUND');
      await client.change('setUnread', 'carol', { ...channel, unread: 0 });
    }
    expect(await client.list('carol')).toEqual([]);
  });

  test('WK-35: a deleted conversation is off the list until a newer message, which counts 1', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await makeGroup(client, 3);
    await client.change('delete', 'bob', G);
    expect(await client.list('bob')).toEqual([]);
    expect(await unreadOf(client, 'alice')).toBe(0);
    await client.say('alice', G, 'again');
    const row = only(await client.list('bob', { msg_count: 5 }));
    expect([row.unread, row.last_msg_seq, row.messages.map(({ message_seq: seq }) => seq)]).toEqual([
      1,
      4,
      [4],
    ]);
  });

  test('WK-35: the other side of a person channel keeps his list', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.say('alice', person('bob'), '1');
    await client.change('delete', 'bob', person('alice'));
    expect(await client.list('bob')).toEqual([]);
    expect(await client.list('alice')).toHaveLength(1);
  });

  test('WK-36: each change is in the next sync of all the devices of the user, and of nobody else', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await makeGroup(client, 5);
    await client.say('alice', person('bob'), 'other chat');
    const positionOf = async (uid: string): Promise<string | null> =>
      (await client.sync({ uid })).header('x-sync-version');
    const changes: [string, Body, Body][] = [
      ['clearUnread', { message_seq: 2 }, { unread: 3, readed_to_msg_seq: 2 }],
      ['setUnread', { unread: 7 }, { unread: 7 }],
      ['setUnread', { unread: 1 }, { unread: 1 }],
      ['clearUnread', {}, { unread: 0 }],
      ['delete', {}, { is_deleted: 1 }],
    ];
    for (const [path, body, expected] of changes) {
      const version = await positionOf('bob');
      await client.change(path, 'bob', { ...G, ...body });
      for (const device of ['phone', 'tablet']) {
        const row = only(await client.list('bob', { version, include_deleted: 1 }));
        expect([device, row]).toMatchObject([device, { channel_id: 'g', ...expected }]);
      }
      expect(await client.list('alice', { version, include_deleted: 1 })).toEqual([]);
    }
  });

  test('WK-36, ST-14: what changes nothing moves no version', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await makeGroup(client, 3);
    await client.change('clearUnread', 'bob', { ...G, message_seq: 2 });
    const before = await client.sync({ uid: 'bob' });
    for (const [path, body] of [
      ['clearUnread', { message_seq: 2 }],
      ['clearUnread', { message_seq: 1 }],
      ['setUnread', { unread: 1 }],
    ] as const) {
      await client.change(path, 'bob', { ...G, ...body });
    }
    const after = await client.sync({ uid: 'bob' });
    expect([after.text, after.header('x-sync-version')]).toEqual([
      before.text,
      before.header('x-sync-version'),
    ]);
  });

  test('WK-33, WK-34, WK-35: of an unknown conversation nothing is said and nothing made', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    for (const channel of [group('unknown'), person('nobody')]) {
      await client.change('clearUnread', 'bob', channel);
      await client.change('clearUnread', 'bob', { ...channel, message_seq: 5 });
      await client.change('delete', 'bob', channel);
      await client.change('setUnread', 'bob', { ...channel, unread: 0 });
    }
    const reply = await client.sync({ uid: 'bob', include_deleted: 1 });
    expect([reply.text, reply.header('x-sync-version')]).toEqual(['[]', '0']);
  });
});

test('WK-33, WK-34, WK-35: the answer is status 200 and nothing else', async () => {
  await using server = await startServer();
  await server.client.say('alice', person('bob'), '1');
  for (const [path, body] of [
    ['clearUnread', {}],
    ['setUnread', { unread: 1 }],
    ['delete', {}],
  ] as const) {
    const reply = await server.client.post(`/conversations/${path}`, {
      uid: 'bob',
      ...person('alice'),
      ...body,
    });
    expect([reply.status, reply.text]).toEqual([200, '{"status":200}']);
  }
});

test('WK-36: a device that polls by the code of the specification hears of each change', async () => {
  await using server = await startServer();
  const { client } = server;
  await makeGroup(client, 2);
  const initialSync = (await client.sync({ uid: 'bob', msg_count: 1 })).ok<WireConversation[]>();
  const latestVersion = Math.max(...initialSync.map((conv) => conv.version));
  expect(await client.list('bob', { version: latestVersion, msg_count: 1 })).toEqual([]);
  await client.change('clearUnread', 'bob', G);
  const incrementalSync = await client.list('bob', { version: latestVersion, msg_count: 1 });
  expect(only(incrementalSync)).toMatchObject({ channel_id: 'g', unread: 0 });
});
