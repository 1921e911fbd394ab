import { describe, expect, test } from 'vitest';
import { isOnPostgres } from '../../support/chosen-stores.js';
import { startServer } from '../../support/server.js';
import { storeKinds } from '../../support/stores.js';
import {
  group,
  only,
  payloadOf,
  person,
  SEND,
  type Body,
  type WukongClient,
} from '../../support/wukong-client.js';

const G = group('g');

async function post(client: WukongClient, path: string, body: Body): Promise<void> {
  expect((await client.post(path, body)).text).toBe('{"status":200}');
}

/** Who of the usual people has the group on his list. */
async function whoLists(client: WukongClient): Promise<string> {
  const lists = await Promise.all(
    ['alice', 'bob', 'carol', 'dave'].map(async (uid) =>
      (await client.list(uid)).some(({ channel_id: id }) => id === 'g') ? uid[0] : '',
    ),
  );
  return lists.join('');
}

describe.each(storeKinds)('on the store in $name', (kind) => {
  test('WK-25: a channel is created, and its subscribers are members who have read everything', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await post(client, '/channel', { ...G, subscribers: ['alice', 'bob', 'bob'] });
    await client.say('alice', G, '1');
    await post(client, '/channel', { ...G, subscribers: ['carol'] });
    expect(await whoLists(client)).toBe('abc');
    expect((await client.find('bob', G)).unread).toBe(1);
    expect((await client.find('carol', G)).unread).toBe(0);
    await client.say('alice', G, '2');
    expect((await client.find('carol', G)).unread).toBe(1);
  });

  test('WK-25, ST-8: who is a member already keeps his state', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(G, ['alice', 'bob']);
    await client.say('alice', G, '1');
    const before = await client.sync({ uid: 'bob', msg_count: 1 });
    await post(client, '/channel', { ...G, subscribers: ['bob'] });
    await post(client, '/channel/subscriber_add', { ...G, subscribers: ['bob'] });
    const after = await client.sync({ uid: 'bob', msg_count: 1 });
    expect(after.text).toBe(before.text);
    expect(after.header('x-sync-version')).toBe(before.header('x-sync-version'));
  });

  test('WK-25: with reset, the subscribers become its only members', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(G, ['alice', 'bob', 'carol']);
    await client.say('alice', G, '1');
    await post(client, '/channel', { ...G, reset: 1, subscribers: ['bob', 'dave'] });
    expect(await whoLists(client)).toBe('bd');
    expect((await client.find('bob', G)).unread).toBe(1);
    await post(client, '/channel', { ...G, reset: true });
    expect(await whoLists(client)).toBe('');
    for (const off of [0, false, null]) {
      await post(client, '/channel', { ...G, reset: off, subscribers: ['alice'] });
    }
    expect(await whoLists(client)).toBe('a');
  });

  test('WK-25, WK-26, AU-6: settings that are given change, others stay', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(G, ['alice']);
    const isOpen = async (): Promise<boolean> =>
      (await server.as('alice').send('alice', G, 'x')).status === 200;
    await post(client, '/channel/info', { ...G, ban: 1 });
    expect(await isOpen()).toBe(false);
    await post(client, '/channel/info', { ...G, large: 1, ban: null });
    await post(client, '/channel', { ...G, allow_stranger: 1 });
    expect(await isOpen()).toBe(false);
    await post(client, '/channel', { ...G, ban: 0, send_ban: true });
    expect(await isOpen()).toBe(false);
    await post(client, '/channel/info', { ...G, send_ban: false, disband: 1 });
    expect(await isOpen()).toBe(false);
    await post(client, '/channel/info', { ...G, disband: 0 });
    expect(await isOpen()).toBe(true);
  });

  test('WK-26: a channel that is not there yet is made', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await post(client, '/channel/info', { ...G, ban: 1 });
    await post(client, '/channel/subscriber_add', { ...G, subscribers: ['alice'] });
    expect((await server.as('alice').send('alice', G, 'x')).outcome).toBe('403 PERMISSION_DENIED');
  });

  test('WK-27: a deleted channel leaves the list of every member, and of an unknown one nothing is said', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(G, ['alice', 'bob', 'carol']);
    await client.say('alice', G, '1');
    const version = (await client.sync({ uid: 'bob' })).header('x-sync-version');
    await post(client, '/channel/delete', G);
    await post(client, '/channel/delete', G);
    await post(client, '/channel/delete', group('unheard-of'));
    expect(await whoLists(client)).toBe('');
    expect(only(await client.list('bob', { version, include_deleted: 1 }))).toMatchObject({ is_deleted: 1 });
    expect((await client.post('/channel/messagesync', { login_uid: 'bob', ...G, limit: 5 })).status).toBe(
      403,
    );
  });

  test('WK-27, ST-10: who joins a deleted channel later sees nothing of before, and numbering goes on', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(G, ['alice', 'bob']);
    await client.say('alice', G, 'old');
    await post(client, '/channel/info', { ...G, ban: 1 });
    await post(client, '/channel/delete', G);
    await client.makeGroup(G, ['alice', 'bob']);
    expect(await whoLists(client)).toBe('');
    const sent = await server.as('alice').say('alice', G, 'new');
    expect(sent.message_seq).toBe(2);
    const row = await client.find('bob', G, { msg_count: 5 });
    expect([row.unread, row.messages.map(({ message_seq: seq }) => seq)]).toEqual([1, [2]]);
    expect((await client.messages('bob', G)).messages).toHaveLength(1);
  });

  test('WK-28: users become members, of type 2 when none is given', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    for (const [index, type] of [undefined, null, 0, 2].entries()) {
      const uid = ['alice', 'bob', 'carol', 'dave'][index];
      await post(client, '/channel/subscriber_add', {
        channel_id: 'g',
        channel_type: type,
        subscribers: [uid],
      });
    }
    await client.say('', G, '1');
    expect(await whoLists(client)).toBe('abcd');
    await post(client, '/channel/subscriber_add', { ...G, reset: 1, subscribers: ['carol'] });
    expect(await whoLists(client)).toBe('c');
  });

  test('WK-28: who joins has read everything so far, and finds it there', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    for (const text of ['1', '2', '3']) await client.say('alice', G, text);
    await post(client, '/channel/subscriber_add', { ...G, subscribers: ['bob'] });
    const row = await client.find('bob', G, { msg_count: 5 });
    expect([row.unread, row.readed_to_msg_seq, row.messages.length, row.limited]).toEqual([0, 3, 3, 0]);
  });

  test('WK-29 (C16): a removed member loses the conversation, and reading its messages is a 403', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(G, ['alice', 'bob']);
    await client.say('alice', G, '1');
    for (const type of [undefined, 2]) {
      const subscribers = ['bob', 'never-was-one'];
      await post(client, '/channel/subscriber_remove', { channel_id: 'g', channel_type: type, subscribers });
    }
    expect(await whoLists(client)).toBe('a');
    for (const reader of [client, server.as('bob')]) {
      const read = await reader.post('/channel/messagesync', { login_uid: 'bob', ...G, limit: 5 });
      const max = await reader.get('/channel/max_message_seq', { ...G, login_uid: 'bob' });
      for (const reply of [read, max]) {
        expect(reply.outcome).toBe('403 PERMISSION_DENIED');
      }
      const named = await reader.post('/conversation/syncByChannels', { uid: 'bob', channels: [G] });
      expect(named.ok()).toMatchObject([{ channel_id: 'g', unread: 0, last_msg_seq: 0, messages: [] }]);
    }
    await client.say('alice', G, '2');
    expect(await whoLists(client)).toBe('a');
  });
});

test('WK-37: person channels have neither settings nor subscribers', async () => {
  await using server = await startServer();
  const { client } = server;
  await client.say('alice', person('bob'), '1');
  const subscribers = ['carol'];
  for (const [path, body] of [
    ['/channel', {}],
    ['/channel/info', { ban: 1 }],
    ['/channel', { subscribers }],
    ['/channel', { subscribers, reset: 1 }],
    ['/channel/delete', {}],
    ['/channel/subscriber_add', { subscribers }],
    ['/channel/subscriber_remove', { subscribers: ['alice'] }],
  ] as const) {
    const reply = await client.post(path, { ...person('bob'), ...body });
    expect([path, reply.outcome]).toEqual([path, '400 INVALID_ARGUMENT channel_type']);
  }
  expect(await client.list('carol')).toEqual([]);
  expect(await client.list('alice')).toHaveLength(1);
});

test('WK-28, WK-29: temporary subscribers are refused, by the name of the field', async () => {
  await using server = await startServer();
  for (const path of ['/channel/subscriber_add', '/channel/subscriber_remove']) {
    const body = { ...G, temp_subscriber: 1, subscribers: ['alice'] };
    const reply = await server.client.post(path, body);
    expect(reply.outcome).toBe('400 INVALID_ARGUMENT temp_subscriber');
    expect((await server.client.post(path, { ...body, temp_subscriber: 0 })).status).toBe(200);
  }
});

/** Fewer where each is a statement through a socket. */
const SUBSCRIBERS = isOnPostgres ? 10_000 : 100_000;

test(`WK-25, WK-28, WK-29, ER-4: ${SUBSCRIBERS} subscribers are changed by one call`, async () => {
  await using server = await startServer();
  const { client } = server;
  const subscribers = Array.from({ length: SUBSCRIBERS }, (_, index) => index.toString(36));
  await post(client, '/channel/subscriber_add', { ...G, subscribers });
  (await client.post(SEND, { from_uid: 'zz', ...G, payload: payloadOf('to all') })).ok();
  for (const uid of ['0', '100', (SUBSCRIBERS - 1).toString(36)])
    expect((await client.find(uid, G)).unread).toBe(1);
  await post(client, '/channel/subscriber_remove', { ...G, subscribers });
  for (const uid of ['0', '100', (SUBSCRIBERS - 1).toString(36)]) expect(await client.list(uid)).toEqual([]);
});
