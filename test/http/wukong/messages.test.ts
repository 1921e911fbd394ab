import { describe, expect, test } from 'vitest';
import { startServer } from '../../support/server.js';
import { storeKinds } from '../../support/stores.js';
import {
  group,
  only,
  person,
  type Body,
  type ChannelName,
  type WireConversation,
  type WukongClient,
} from '../../support/wukong-client.js';

const G = group('g');

async function fill(client: WukongClient, channel: ChannelName, count: number): Promise<void> {
  for (let seq = 1; seq <= count; seq += 1) await client.say('alice', channel, `message ${seq}`);
}

/** The seqs of a stretch, as `first..last`, and a plus when there is more. */
async function stretch(client: WukongClient, body: Body): Promise<string> {
  const { messages, more } = await client.messages('bob', G, body);
  const seqs = messages.map(({ message_seq: seq }) => seq);
  const [first = 0] = seqs;
  expect(seqs).toEqual(seqs.map((_, index) => first + index));
  return (seqs.length > 0 ? `${first}..${seqs.at(-1)}` : '') + (more === 1 ? '+' : '');
}

describe.each(storeKinds)('on the store in $name', (kind) => {
  test('WK-30: a stretch goes from start (inclusive) to end (exclusive), ascending, with more', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(G, ['bob']);
    await fill(client, G, 12);
    // start_message_seq, end_message_seq, limit, pull_mode, what comes
    const cases = [
      [0, 0, 5, 0, '8..12+'],
      [0, 0, 5, 1, '8..12+'],
      [0, 0, 12, 0, '1..12'],
      [0, 0, 13, 0, '1..12'],
      [8, 0, 5, 0, '4..8+'],
      [5, 0, 5, 0, '1..5'],
      [1, 0, 5, 0, '1..1'],
      [8, 5, 5, 0, '6..8'],
      [8, 5, 2, 0, '7..8+'],
      [8, 8, 5, 0, ''],
      [8, 9, 5, 0, ''],
      [0, 9, 5, 0, '10..12'],
      [0, 9, 2, 0, '11..12+'],
      [99, 0, 3, 0, '10..12+'],
      [8, 0, 3, 1, '8..10+'],
      [8, 0, 5, 1, '8..12'],
      [8, 10, 5, 1, '8..9'],
      [8, 12, 3, 1, '8..10+'],
      [8, 8, 5, 1, ''],
      [8, 7, 5, 1, ''],
      [0, 4, 5, 1, '1..3'],
      [0, 4, 2, 1, '1..2+'],
      [1, 1, 5, 1, ''],
      [0, 1, 5, 1, ''],
      [13, 0, 5, 1, ''],
      [1, 0, 5, 1, '1..5+'],
    ] as const;
    for (const [start, end, limit, mode, expected] of cases) {
      const body = { start_message_seq: start, end_message_seq: end, limit, pull_mode: mode };
      expect([body, await stretch(client, body)]).toEqual([body, expected]);
      const reply = await client.messages('bob', G, body);
      expect([reply.start_message_seq, reply.end_message_seq]).toEqual([start, end]);
    }
    for (const nothing of [
      {},
      { start_message_seq: null, end_message_seq: null, limit: null, pull_mode: null },
    ]) {
      expect(await stretch(client, nothing)).toBe('1..12');
    }
  });

  test('WK-30: a limit of 0 or none is 100, and 1000 at once are the most', async () => {
    await using server = await startServer({ kind });
    const { client, engine } = server;
    await client.makeGroup(G, ['bob']);
    await Promise.all(
      Array.from({ length: 1002 }, (_, index) =>
        engine.store.sendMessage({
          communityId: 1,
          channel: {
            type: 2,
            name: 'g',
          },
          fromUid: 'alice',
          clientMsgNo: `no-${index}`,
          payload: Buffer.from('x'),
          redDot: true,
          setting: 0,
          expireSeconds: 0,
          asMember: false,
        }),
      ),
    );
    for (const [limit, expected] of [
      [undefined, '903..1002+'],
      [null, '903..1002+'],
      [0, '903..1002+'],
      [1, '1002..1002+'],
      [1000, '3..1002+'],
      [1001, '3..1002+'],
      [Number.MAX_SAFE_INTEGER, '3..1002+'],
    ] as const) {
      expect(await stretch(client, { limit })).toBe(expected);
    }
    expect(await stretch(client, { start_message_seq: 2, limit: 0 })).toBe('1..2');
  });

  test('WK-30, SY-16: below the delete floor nothing can be read', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(G, ['bob']);
    await fill(client, G, 5);
    await client.change('delete', 'bob', G);
    expect(await stretch(client, { limit: 3 })).toBe('');
    await fill(client, G, 0);
    await client.say('alice', G, '6');
    for (const body of [
      { limit: 3 },
      { start_message_seq: 1, pull_mode: 1, limit: 3 },
      { start_message_seq: 9, end_message_seq: 2, limit: 9 },
    ]) {
      expect(await stretch(client, body)).toBe('6..6');
    }
  });

  test('WK-30, WK-2: messages are those of the sync, and both sides of a person channel read one log', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.say('alice', person('bob'), { text: '1', setting: 4 });
    await client.say('bob', person('alice'), '2');
    const { messages } = only(await client.list('bob', { msg_count: 5 }));
    const read = await client.messages('bob', person('alice'), { limit: 5 });
    expect(read).toEqual({
      start_message_seq: 0,
      end_message_seq: 0,
      more: 0,
      messages: messages.toReversed(),
    });
    expect(await client.messages('alice', person('bob'), { limit: 5 })).toEqual(read);
  });

  test('WK-31: the newest seq of a channel, and 0 of an unknown one', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(G, ['bob']);
    await fill(client, G, 3);
    await client.say('alice@example.com', person('bob'), '1');
    await client.say('alice', person('bob'), '1');
    await client.say('bob', person('alice'), '2');
    const seqOf = async (query: Record<string, string | number>): Promise<unknown> =>
      (await client.get('/channel/max_message_seq', query)).json;
    for (const [query, seq] of [
      [G, 3],
      [{ ...G, login_uid: 'bob' }, 3],
      [{ ...G, login_uid: '' }, 3],
      [group('unknown'), 0],
      [{ ...group('unknown'), login_uid: 'bob' }, 0],
      [group('g', 3), 0],
      [{ ...person('bob'), login_uid: 'alice' }, 2],
      [{ ...person('alice'), login_uid: 'bob' }, 2],
      [{ ...person('alice'), login_uid: 'stranger' }, 0],
      [{ ...person('alice@example.com'), login_uid: 'bob' }, 1],
      [person('alice@bob'), 2],
      [person('bob@alice'), 2],
      [person('bob@nobody'), 0],
    ] as const) {
      expect([query, await seqOf({ ...query })]).toEqual([query, { message_seq: seq }]);
    }
  });

  test('WK-32: the named conversations come in the order of their names, and zeros where there is none', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(G, ['bob']);
    await fill(client, G, 20);
    await client.say('alice', person('bob'), '1');
    await client.makeGroup(group('of-others'), ['alice']);
    await client.say('alice', group('of-others'), 'secret');
    const channels = [person('stranger'), G, group('of-others'), person('alice'), G, group('unknown', 7)];

    const rows = (await client.post('/conversation/syncByChannels', { uid: 'bob', channels })).ok<
      WireConversation[]
    >();

    expect(rows.map((row) => [row.channel_id, row.channel_type])).toEqual(
      channels.map((channel) => [channel.channel_id, channel.channel_type]),
    );
    expect(rows.map((row) => [row.unread, row.last_msg_seq, row.messages.length])).toEqual([
      [0, 0, 0],
      [20, 20, 15],
      [0, 0, 0],
      [1, 1, 1],
      [20, 20, 15],
      [0, 0, 0],
    ]);
    const listed = await client.list('bob', { msg_count: 15 });
    expect([rows[3], rows[1]]).toEqual(listed);
    expect(rows[0]).toEqual({
      channel_id: 'stranger',
      channel_type: 1,
      unread: 0,
      timestamp: 0,
      last_msg_seq: 0,
      version: 0,
      last_client_msg_no: '',
      offset_msg_seq: 0,
      readed_to_msg_seq: 0,
      limited: 0,
      messages: [],
    });
  });

  test('WK-32: msg_count is 15 when it is 0, absent, null or negative, and 50 at the most', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(G, ['bob']);
    await fill(client, G, 55);
    for (const [count, expected] of [
      [undefined, 15],
      [null, 15],
      [0, 15],
      [-1, 15],
      [1, 1],
      [50, 50],
      [51, 50],
      [Number.MAX_SAFE_INTEGER, 50],
    ] as const) {
      const body = { uid: 'bob', channels: [G], msg_count: count };
      const { messages } = only(
        (await client.post('/conversation/syncByChannels', body)).ok<WireConversation[]>(),
      );
      expect([count, messages.length, messages[0]?.message_seq]).toEqual([count, expected, 55]);
    }
  });
});

test('WK-30: of an unknown channel, the answer is empty', async () => {
  await using server = await startServer();
  for (const channel of [group('unknown'), person('nobody')]) {
    expect(await server.client.messages('bob', channel, { limit: 5, start_message_seq: 7 })).toEqual({
      start_message_seq: 7,
      end_message_seq: 0,
      more: 0,
      messages: [],
    });
  }
});

test('WK-31: for type 1 it takes login_uid, or a channel_id of the form uid@uid', async () => {
  await using server = await startServer();
  for (const id of ['alice', 'a@b@c', '@b', 'a@', '@', 'a@ ']) {
    const reply = await server.client.get('/channel/max_message_seq', person(id));
    expect([id, reply.outcome]).toEqual([id, '400 INVALID_ARGUMENT login_uid']);
  }
});

test('WK-32: no channels, no conversations', async () => {
  await using server = await startServer();
  const reply = await server.client.post('/conversation/syncByChannels', { uid: 'bob', channels: [] });
  expect(reply.text).toBe('[]');
});
