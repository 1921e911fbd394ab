import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/domain/errors.js';
import { startServer } from '../../support/server.js';
import { storeKinds } from '../../support/stores.js';
import {
  group,
  only,
  payloadOf,
  person,
  SEND,
  textOf,
  type Body,
  type Sent,
} from '../../support/wukong-client.js';

describe.each(storeKinds)('on the store in $name', (kind) => {
  test('WK-20: the answer has the same three values at the top and in data', async () => {
    await using server = await startServer({ kind });
    const reply = await server.client.send('alice', person('bob'), { text: 'hello', client_msg_no: 'no-1' });
    const sent = { message_id: expect.any(Number), message_seq: 1, client_msg_no: 'no-1' };
    expect(reply.ok()).toEqual({ status: 200, ...sent, data: sent });
    const { message_id: id, data } = reply.ok<Sent & { data: Sent }>();
    expect(data.message_id).toBe(id);
    expect(Number.isSafeInteger(id)).toBe(true);
  });

  test('WK-20: the message is in the next sync of everyone concerned, as it was sent', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('g'), ['alice', 'bob', 'carol']);
    const payload = Buffer.from([0, 255, 10, 0x7b, 0xf0, 0x9f]).toString('base64');
    const header = { red_dot: 0, no_persist: 0, sync_once: false };
    const more = { payload, setting: 255, expire: 4_294_967_295, header, client_msg_no: 'no-1' };
    const sent = await client.say('alice', group('g'), { text: '', ...more });
    for (const uid of ['alice', 'bob', 'carol']) {
      const row = only(await client.list(uid, { msg_count: 1 }));
      expect([row.last_msg_seq, row.last_client_msg_no, row.unread]).toEqual([1, 'no-1', 0]);
      expect(only(row.messages)).toMatchObject({
        message_id: sent.message_id,
        message_seq: 1,
        client_msg_no: 'no-1',
        from_uid: 'alice',
        payload,
        setting: 255,
        expire: 4294967295,
        header: {
          red_dot: 0,
          no_persist: 0,
          sync_once: 0,
        },
      });
    }
  });

  test('WK-20, SY-15: others have one more unread, the sender has none', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('g'), ['alice', 'bob']);
    const unread = async (uid: string): Promise<number> => only(await client.list(uid)).unread;
    await client.say('alice', group('g'), '1');
    await client.say('alice', group('g'), '2');
    expect([await unread('alice'), await unread('bob')]).toEqual([0, 2]);
    await client.say('bob', group('g'), '3');
    expect([await unread('alice'), await unread('bob')]).toEqual([1, 0]);
    await client.say('alice', group('g'), { text: 'silently', header: { red_dot: 0 } });
    await client.say('alice', group('g'), { text: '5', header: { red_dot: null } });
    expect([await unread('alice'), await unread('bob')]).toEqual([0, 1]);
  });

  test('WK-20, ST-2: a channel counts its messages from 1, and ids rise through all channels', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    const sent: Sent[] = [];
    for (const [from, to] of [
      ['alice', 'bob'],
      ['bob', 'alice'],
      ['alice', 'carol'],
      ['alice', 'bob'],
    ] as const) {
      sent.push(await client.say(from, person(to), 'hello'));
    }
    expect(sent.map(({ message_seq: seq }) => seq)).toEqual([1, 2, 1, 3]);
    const ids = sent.map(({ message_id: id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted((one, other) => one - other));
    expect(new Set(sent.map(({ client_msg_no: no }) => no)).size).toBe(4);
  });

  test('WK-21: sending a client_msg_no again returns the first answer, and changes nothing', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    const first = await client.send('alice', person('bob'), { text: 'hello', client_msg_no: 'no-1' });
    await client.say('bob', person('alice'), 'in between');
    const before = await client.sync({ uid: 'bob', msg_count: 5 });
    for (const more of [{}, { setting: 3, header: { red_dot: 0 } }]) {
      const again = await client.send('alice', person('bob'), {
        text: 'hello',
        client_msg_no: 'no-1',
        ...more,
      });
      expect([again.status, again.text]).toEqual([200, first.text]);
    }
    const after = await client.sync({ uid: 'bob', msg_count: 5 });
    expect(after.text).toBe(before.text);
    expect(after.header('x-sync-version')).toBe(before.header('x-sync-version'));
  });

  test('WK-21, ST-4: with another payload it is a 409 that names client_msg_no, and nothing is stored', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.say('alice', person('bob'), { text: 'hello', client_msg_no: 'no-1' });
    const reply = await client.send('alice', person('bob'), { text: 'other', client_msg_no: 'no-1' });
    expect(reply.outcome).toBe('409 CONFLICT client_msg_no');
    expect(only(await client.list('bob')).last_msg_seq).toBe(1);
  });

  test('WK-21: the same client_msg_no of another sender or in another channel is another message', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    const no = { client_msg_no: 'no-1' };
    const sent = [
      await client.say('alice', person('bob'), { text: 'a', ...no }),
      await client.say('bob', person('alice'), { text: 'b', ...no }),
      await client.say('alice', person('carol'), { text: 'c', ...no }),
      await client.say('alice', group('g'), { text: 'd', ...no }),
      await client.say('', group('g'), { text: 'e', ...no }),
    ];
    expect(new Set(sent.map(({ message_id: id }) => id)).size).toBe(5);
    expect(sent.map(({ message_seq: seq }) => seq)).toEqual([1, 2, 1, 1, 2]);
  });

  test('WK-22: messages with no_persist or sync_once are answered and not stored', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.say('alice', person('bob'), 'stored');
    const before = await client.sync({ uid: 'bob', msg_count: 5 });
    for (const header of [{ no_persist: 1 }, { sync_once: 1 }, { no_persist: true, sync_once: true }]) {
      for (const channel of [person('bob'), person('stranger'), group('unheard-of')]) {
        const more = { header, client_msg_no: 'no-1' };
        const {
          message_id: id,
          message_seq: seq,
          client_msg_no: no,
        } = await client.say('alice', channel, { text: 'x', ...more });
        expect([seq, no, Number.isSafeInteger(id), id > 2 ** 52 - 1]).toEqual([0, 'no-1', true, true]);
      }
    }
    const after = await client.sync({ uid: 'bob', msg_count: 5 });
    expect(after.text).toBe(before.text);
    expect(after.header('x-sync-version')).toBe(before.header('x-sync-version'));
    expect(await client.list('stranger')).toEqual([]);
  });

  test('WK-22: subscribers stands in place of a channel, goes only with sync_once, and the answer has no data', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    const command = { from_uid: 'alice', payload: payloadOf('cmd'), subscribers: ['bob', 'carol'] };
    const sync = { header: { sync_once: 1 } };
    for (const channel of [
      {},
      { channel_id: '', channel_type: 0 },
      { channel_id: null, channel_type: null },
    ]) {
      expect((await client.post(SEND, { ...command, ...sync, ...channel })).ok()).toEqual({ status: 200 });
    }
    expect(await client.list('bob')).toEqual([]);
    const refused: [Body, string][] = [
      [{ ...command }, 'subscribers'],
      [{ ...command, header: { no_persist: 1 } }, 'subscribers'],
      [{ ...command, ...sync, ...group('g') }, 'subscribers'],
      [{ ...command, ...sync, subscribers: [] }, 'channel_id'],
      [{ ...command, ...sync, subscribers: null }, 'channel_id'],
    ];
    for (const [body, field] of refused) {
      const reply = await client.post(SEND, body);
      expect(reply.outcome).toBe(`400 INVALID_ARGUMENT ${field}`);
    }
  });

  test('WK-23: an absent, null or empty from_uid is the system sender', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('g'), ['bob']);
    for (const from of [{}, { from_uid: null }, { from_uid: '' }]) {
      (await client.post(SEND, { ...from, ...group('g'), payload: payloadOf('news') })).ok();
    }
    const row = only(await client.list('bob', { msg_count: 5 }));
    expect([row.unread, row.messages.map(({ from_uid: from }) => from)]).toEqual([3, ['', '', '']]);
    expect(row.messages.map(textOf)).toEqual(['news', 'news', 'news']);
  });

  test('ST-5, ST-6: the first message makes the channel and its memberships', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.say('alice', person('bob'), 'hello');
    await client.say('alice', group('g'), 'hello');
    await client.say('carol', group('g'), 'from outside');
    expect(await client.list('carol')).toEqual([]);
    expect((await client.list('alice')).map(({ channel_id: id }) => id)).toEqual(['g', 'bob']);
    expect((await client.list('bob')).map(({ channel_id: id }) => id)).toEqual(['alice']);
  });
});

test('WK-20: notes to oneself are a conversation with oneself, and never unread', async () => {
  await using server = await startServer();
  await server.client.say('alice', person('alice'), 'remember');
  const row = only(await server.client.list('alice', { msg_count: 1 }));
  expect([row.channel_id, row.unread, row.messages[0]?.channel_id]).toEqual(['alice', 0, 'alice']);
});

test('WK-24: one message goes to each of the subscribers, in their person channels', async () => {
  await using server = await startServer();
  const { client } = server;
  await client.say('alice', person('bob'), 'earlier');
  const subscribers = ['bob', 'carol', 'bob', 'dave'];
  const reply = await client.post('/message/sendbatch', {
    from_uid: 'alice',
    payload: payloadOf('to all'),
    subscribers,
    header: null,
  });
  expect(reply.text).toBe('{"fail_uids":[],"reason":[]}');
  for (const [uid, seq] of [
    ['bob', 2],
    ['carol', 1],
    ['dave', 1],
  ] as const) {
    const row = only(await client.list(uid, { msg_count: 1 }));
    expect([row.channel_id, row.unread, row.last_msg_seq]).toEqual(['alice', seq, seq]);
    expect(row.messages.map(textOf)).toEqual(['to all']);
  }
  expect(await client.list('alice')).toHaveLength(3);
});

test('WK-24, WK-22: what is not to be stored is not stored', async () => {
  await using server = await startServer();
  const { client } = server;
  const body = { from_uid: 'alice', payload: payloadOf('x'), subscribers: ['bob'] };
  const reply = await client.post('/message/sendbatch', { ...body, header: { no_persist: 1 } });
  expect(reply.ok()).toEqual({ fail_uids: [], reason: [] });
  expect(await client.list('bob')).toEqual([]);
});

test('WK-24, ER-4: a payload that is too large is a 413, not a failure of each subscriber', async () => {
  await using server = await startServer();
  const payload = Buffer.alloc(64 * 1024 + 1).toString('base64');
  const body = { from_uid: 'alice', payload, subscribers: ['bob'] };
  const reply = await server.client.post('/message/sendbatch', body);
  expect(reply.outcome).toBe('413 PAYLOAD_TOO_LARGE payload');
});

test('WK-24: subscribers that cannot be written are named, with the reason', async () => {
  let sends = 0;
  await using server = await startServer({
    override: {
      sendMessage: async () => {
        sends += 1;
        if (sends === 2) throw new AppError('UNAVAILABLE', 'full');
        return { messageId: sends, seq: 1 };
      },
    },
  });
  const body = { from_uid: 'alice', payload: payloadOf('x'), subscribers: ['bob', 'carol', 'dave'] };
  const reply = await server.client.post('/message/sendbatch', body);
  expect(reply.ok()).toEqual({ fail_uids: ['carol'], reason: ['full'] });
});
