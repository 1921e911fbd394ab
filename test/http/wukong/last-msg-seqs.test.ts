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

async function sayMany(client: WukongClient, channel: ChannelName, count: number): Promise<void> {
  for (let seq = 1; seq <= count; seq += 1) await client.say('alice', channel, `message ${seq}`);
}

function seqsOf({ messages }: Pick<WireConversation, 'messages'>): number[] {
  return messages.map(({ message_seq: seq }) => seq);
}

function countDown(from: number, to: number): number[] {
  return Array.from({ length: from - to + 1 }, (_, index) => from - index);
}

const HARD_IDS = [
  'ns:room:1',
  'a:2:1:b',
  'auth0|5f7c',
  'a|b:1|c',
  'a||b',
  ':',
  '::',
  'x:',
  ':x',
  '100%:2',
  '😀|😀:2',
  ' spaced ',
  '__proto__',
];

describe('WK-5: reading last_msg_seqs', () => {
  test('WK-5 (C4): ids that contain the separators are honoured, as groups and as uids', async () => {
    await using server = await startServer();
    const { client } = server;
    for (const id of HARD_IDS) {
      await client.makeGroup(group(id), ['alice', 'bob']);
      await client.say('alice', group(id), 'to the group');
      await client.say(id, person('bob'), 'in person');
    }
    const all = await client.list('bob');
    expect(all).toHaveLength(2 * HARD_IDS.length);

    /** The specification's own: */
    const buildLastMsgSeqs = (conversations: readonly WireConversation[]): string =>
      conversations.map((conv) => `${conv.channel_id}:${conv.channel_type}:${conv.last_msg_seq}`).join('|');

    expect(await client.list('bob', { last_msg_seqs: buildLastMsgSeqs(all) })).toEqual([]);
    for (const behind of all) {
      const others = buildLastMsgSeqs(all.filter((row) => row !== behind));
      const lastMsgSeqs = `${others}|${behind.channel_id}:${behind.channel_type}:0`;
      const row = only(await client.list('bob', { last_msg_seqs: lastMsgSeqs }));
      expect([row.channel_id, row.channel_type]).toEqual([behind.channel_id, behind.channel_type]);
    }
  });

  test('WK-5: an entry that cannot be read, or an empty one, is a 400 that names its index', async () => {
    await using server = await startServer();
    const cases: [string, number][] = [
      ['group1', 0],
      ['group1:2', 0],
      ['group1:2:', 0],
      ['group1:2:x', 0],
      ['group1:2:-1', 0],
      ['group1:2:1.5', 0],
      ['group1:x:1', 0],
      [':2:1', 0],
      [' :2:1', 0],
      ['group1:0:1', 0],
      ['group1:256:1', 0],
      ['group1:2:9007199254740992', 0],
      [`${'x'.repeat(257)}:2:1`, 0],
      ['a\nb:2:1', 0],
      ['a:2:1 ', 0],
      ['|', 0],
      ['|a:2:1', 0],
      ['a:2:1|', 1],
      ['a:2:1||b:2:1', 1],
      ['a:2:1|b:2', 1],
      ['a:2:1|b:2:1|c:2:1|d', 3],
    ];
    for (const [text, index] of cases) {
      const reply = await server.client.sync({ uid: 'bob', last_msg_seqs: text });
      expect([text, reply.outcome]).toEqual([text, `400 INVALID_ARGUMENT last_msg_seqs[${index}]`]);
    }
  });

  test('WK-5: of a channel that is named twice, the lower seq counts', async () => {
    await using server = await startServer();
    const { client } = server;
    await client.makeGroup(group('g'), ['bob']);
    await sayMany(client, group('g'), 5);
    for (const text of ['g:2:5|g:2:3', 'g:2:3|g:2:5', 'g:2:3|g:2:3|g:2:4']) {
      const row = only(await client.list('bob', { last_msg_seqs: text, msg_count: 10 }));
      expect(seqsOf(row)).toEqual([5, 4]);
    }
  });

  test('WK-5, WK-15: an empty text is the same as none', async () => {
    await using server = await startServer();
    await server.client.say('alice', person('bob'), '1');
    for (const text of ['', null, undefined]) {
      expect(await server.client.list('bob', { last_msg_seqs: text })).toHaveLength(1);
    }
  });
});

describe.each(storeKinds)('on the store in $name', (kind) => {
  test('WK-6: msg_count messages come with each conversation, newest first, 50 at the most', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('g'), ['bob']);
    await sayMany(client, group('g'), 60);
    await sayMany(client, person('bob'), 3);
    for (const [count, ofGroup, ofPerson] of [
      [undefined, [], []],
      [null, [], []],
      [0, [], []],
      [1, [60], [3]],
      [10, countDown(60, 51), [3, 2, 1]],
      [50, countDown(60, 11), [3, 2, 1]],
      [51, countDown(60, 11), [3, 2, 1]],
      [200, countDown(60, 11), [3, 2, 1]],
      [Number.MAX_SAFE_INTEGER, countDown(60, 11), [3, 2, 1]],
    ] as const) {
      const rows = await client.list('bob', { msg_count: count });
      expect([count, ...rows.map(seqsOf)]).toEqual([count, ofPerson, ofGroup]);
    }
    for (const count of ['-1', '0.5', '1e400', '9007199254740992']) {
      const reply = await client.post('/conversation/sync', `{"uid":"bob","msg_count":${count}}`);
      expect(reply.outcome).toBe('400 INVALID_ARGUMENT msg_count');
    }
  });

  test('WK-6: of a channel that is named, only the messages above its seq come', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('g'), ['bob']);
    await sayMany(client, group('g'), 60);
    await sayMany(client, person('bob'), 3);
    for (const [seqs, count, ofGroup] of [
      ['g:2:58', 10, [60, 59]],
      ['g:2:58', 1, [60]],
      ['g:2:0', 2, [60, 59]],
      ['g:2:5', 100, countDown(60, 11)],
      ['g:2:30', 50, countDown(60, 31)],
    ] as const) {
      const rows = await client.list('bob', { last_msg_seqs: seqs, msg_count: count });
      expect(rows.map(seqsOf)).toEqual([[3, 2, 1].slice(0, count), ofGroup]);
    }
  });

  test('WK-13: limited is 1 when messages that the client lacks did not fit', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('g'), ['bob']);
    await sayMany(client, group('g'), 3);
    const afterThree = (await client.sync({ uid: 'bob' })).header('x-sync-version');
    await sayMany(client, group('g'), 2);
    const limitedWith = async (body: Body): Promise<number> => only(await client.list('bob', body)).limited;

    for (const [body, limited] of [
      [{ msg_count: 0 }, 1],
      [{ msg_count: 4 }, 1],
      [{ msg_count: 5 }, 0],
      [{ last_msg_seqs: 'g:2:3', msg_count: 1 }, 1],
      [{ last_msg_seqs: 'g:2:3', msg_count: 2 }, 0],
      [{ last_msg_seqs: 'g:2:9', msg_count: 4 }, 1],
      [{ version: afterThree, msg_count: 1 }, 1],
      [{ version: afterThree, msg_count: 2 }, 0],
      [{ version: afterThree, last_msg_seqs: 'g:2:1', msg_count: 3 }, 1],
      [{ version: afterThree, last_msg_seqs: 'g:2:1', msg_count: 4 }, 0],
    ] as const) {
      expect([body, await limitedWith(body)]).toEqual([body, limited]);
    }
    // The change is one of read state: the client has all messages, though it asked for none.
    const afterFive = (await client.sync({ uid: 'bob' })).header('x-sync-version');
    await client.change('clearUnread', 'bob', group('g'));
    expect(await limitedWith({ version: afterFive })).toBe(0);
  });

  test('WK-13, ST-9: who joins again after a cursor lacks what was said before it', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('g'), ['bob']);
    await sayMany(client, group('g'), 3);
    (await client.post('/channel/subscriber_remove', { ...group('g'), subscribers: ['bob'] })).ok();
    const version = (await client.sync({ uid: 'bob' })).header('x-sync-version');
    (await client.post('/channel/subscriber_add', { ...group('g'), subscribers: ['bob'] })).ok();
    const row = only(await client.list('bob', { version, msg_count: 1 }));
    expect([row.unread, seqsOf(row), row.limited]).toEqual([0, [3], 1]);
  });
});
