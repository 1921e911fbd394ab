import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.js';
import { startServer, type TestServer } from '../../support/server.js';
import { storeKinds } from '../../support/stores.js';
import { group, only, payloadOf, person, type WireConversation } from '../../support/wukong-client.js';

const SENT_AT_MS = 1_763_756_460_123;
/** The time above in nanoseconds, floored to the grid. JavaScript prints it as 1763756460122999800. */
const SENT_VERSION = '1763756460122999808';

/** Alice writes to bob, and to a group with bob in it, each at a time of its own. */
async function tellStory({ client }: TestServer, clock: FakeClock): Promise<void> {
  clock.set(SENT_AT_MS - 10_000);
  await client.makeGroup(group('group123'), ['bob', 'carol']);
  await client.say('bob', group('group123'), { text: 'read by bob', client_msg_no: 'no-1' });
  await client.say('alice', person('bob'), { text: 'hello', client_msg_no: 'no-2' });
  clock.set(SENT_AT_MS);
  const settings = { client_msg_no: 'no-3', setting: 7, expire: 3600, header: { red_dot: 1 } };
  await client.say('alice', group('group123'), { text: 'Hello World', ...settings });
}

const GROUP_MESSAGE = {
  message_id: 3,
  message_idstr: '3',
  client_msg_no: 'no-3',
  message_seq: 2,
  from_uid: 'alice',
  channel_id: 'group123',
  channel_type: 2,
  timestamp: 1_763_756_460,
  payload: payloadOf('Hello World'),
  header: { no_persist: 0, red_dot: 1, sync_once: 0 },
  setting: 7,
  expire: 3600,
};

const GROUP_CONVERSATION = {
  channel_id: 'group123',
  channel_type: 2,
  unread: 1,
  timestamp: 1_763_756_460,
  last_msg_seq: 2,
  last_client_msg_no: 'no-3',
  offset_msg_seq: 0,
  readed_to_msg_seq: 1,
  version: Number(SENT_VERSION),
  limited: 1,
  messages: [GROUP_MESSAGE],
};

describe.each(storeKinds)('on the store in $name', (kind) => {
  test('WK-1, WK-2: the answer is a bare array of conversations with exactly these keys and values', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ kind, clock });
    await tellStory(server, clock);

    const reply = await server.client.sync({ uid: 'bob', msg_count: 1 });

    expect(reply.header('content-type')).toBe('application/json; charset=utf-8');
    expect(reply.ok()).toEqual([
      GROUP_CONVERSATION,
      {
        channel_id: 'alice',
        channel_type: 1,
        unread: 1,
        timestamp: 1_763_756_450,
        last_msg_seq: 1,
        last_client_msg_no: 'no-2',
        offset_msg_seq: 0,
        readed_to_msg_seq: 0,
        version: expect.any(Number),
        limited: 0,
        messages: [
          {
            message_id: 2,
            message_idstr: '2',
            client_msg_no: 'no-2',
            message_seq: 1,
            from_uid: 'alice',
            channel_id: 'bob',
            channel_type: 1,
            timestamp: 1_763_756_450,
            payload: payloadOf('hello'),
            header: { no_persist: 0, red_dot: 1, sync_once: 0 },
            setting: 0,
            expire: 0,
          },
        ],
      },
    ]);
  });

  test('WK-1, WK-12, SY-2: versions are printed with all their digits, in the body and in the header', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ kind, clock });
    await tellStory(server, clock);

    const reply = await server.client.sync({ uid: 'bob' });

    expect(String(Number(SENT_VERSION))).not.toBe(SENT_VERSION);
    expect(reply.text).toContain(`"version":${SENT_VERSION},`);
    expect(reply.header('x-sync-version')).toBe(SENT_VERSION);
    expect(reply.versions).toHaveLength(2);
    for (const version of reply.versions) {
      expect(version % 1024n).toBe(0n);
      expect(BigInt(Number(version))).toBe(version);
    }
  });

  test('WK-2: a person channel is the other party, for its readers; in a message, who is not the sender', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.say('alice', person('bob'), 'from alice');
    await client.say('bob', person('alice'), 'from bob');

    const views = await Promise.all(
      ['alice', 'bob'].map(async (uid) => only(await client.list(uid, { msg_count: 2 }))),
    );

    expect(views.map(({ channel_id: id }) => id)).toEqual(['bob', 'alice']);
    for (const { messages } of views) {
      expect(messages.map(({ from_uid: from, channel_id: id }) => [from, id])).toEqual([
        ['bob', 'alice'],
        ['alice', 'bob'],
      ]);
    }
  });

  test('WK-2, WK-23: the system has an empty from_uid, and its conversation a name', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('g'), ['bob']);
    await client.say('', person('bob'), 'in person');
    await client.say('', group('g'), 'in the group');

    const rows = await client.list('bob', { msg_count: 1 });

    expect(rows.map((row) => [row.channel_id, row.unread, row.messages[0]?.from_uid])).toEqual([
      ['g', 1, ''],
      ['____system', 1, ''],
    ]);
    expect(rows.map(({ messages }) => messages[0]?.channel_id)).toEqual(['g', 'bob']);
  });

  test('WK-1: of a channel without a visible message, numbers are 0 and texts empty, but for the version', async () => {
    const clock = new FakeClock(SENT_AT_MS);
    await using server = await startServer({ kind, clock });
    await server.client.change('setUnread', 'bob', { ...person('alice'), unread: 2 });

    const reply = await server.client.sync({ uid: 'bob', msg_count: 5 });

    expect(only(reply.ok<WireConversation[]>())).toEqual({
      channel_id: 'alice',
      channel_type: 1,
      unread: 2,
      timestamp: 1_763_756_460,
      last_msg_seq: 0,
      last_client_msg_no: '',
      offset_msg_seq: 0,
      readed_to_msg_seq: 0,
      version: Number(SENT_VERSION),
      limited: 0,
      messages: [],
    });
    expect(reply.versions).toEqual([BigInt(SENT_VERSION)]);
  });
});

test('WK-1: the six fields of a message and the seven of a conversation that the vendor documents are there', async () => {
  await using server = await startServer();
  await server.client.say('alice', person('bob'), 'hello');

  const conversation = only(await server.client.list('bob', { msg_count: 1 }));

  const documented = [
    'channel_id',
    'channel_type',
    'unread',
    'timestamp',
    'last_msg_seq',
    'version',
    'messages',
  ];
  expect(Object.keys(conversation)).toEqual(expect.arrayContaining(documented));
  const ofMessages = ['message_id', 'message_seq', 'client_msg_no', 'from_uid', 'timestamp', 'payload'];
  expect(Object.keys(only(conversation.messages))).toEqual(expect.arrayContaining(ofMessages));
});

test('WK-1: nobody has heard of the user: the answer is an empty array', async () => {
  await using server = await startServer();
  const reply = await server.client.sync({ uid: 'nobody', msg_count: 1 });
  expect([reply.status, reply.text, reply.header('x-sync-version')]).toEqual([200, '[]', '0']);
});

describe('the key of the list of messages', () => {
  const cases = [
    { messagesKey: 'messages', keys: ['messages'] },
    { messagesKey: 'recents', keys: ['recents'] },
    { messagesKey: 'both', keys: ['messages', 'recents'] },
  ] as const;

  test.each(cases)('WK-3: with messages_key $messagesKey it is $keys', async ({ messagesKey, keys }) => {
    await using server = await startServer({ messagesKey });
    const { client } = server;
    await client.say('alice', person('bob'), { text: 'hello', client_msg_no: 'no-1' });

    const byChannels = await client.post('/conversation/syncByChannels', {
      uid: 'bob',
      channels: [person('alice'), person('stranger')],
    });
    for (const reply of [await client.sync({ uid: 'bob', msg_count: 1 }), byChannels]) {
      const [first, second] = reply.ok<Record<string, unknown>[]>();
      expect(Object.keys(first ?? {}).filter((key) => /messages|recents/.test(key))).toEqual(keys);
      for (const key of keys) {
        expect(first?.[key]).toMatchObject([{ client_msg_no: 'no-1' }]);
        expect(second?.[key] ?? []).toEqual([]);
      }
    }
  });
});
