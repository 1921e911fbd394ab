import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../support/server.js';
import { SEND, SYNC, type Body, type Reply } from '../../support/wukong-client.js';

const MAX = Number.MAX_SAFE_INTEGER;

interface Values {
  readonly good: readonly unknown[];
  /** Refused by the name of the parameter. */
  readonly bad: readonly unknown[];
  /** Refused by the name of the part that is at fault. */
  readonly badParts?: readonly (readonly [value: unknown, field: string])[];
}

const IDENTIFIER: Values = {
  good: [
    'a',
    'x'.repeat(256),
    'é'.repeat(128),
    '😀'.repeat(64),
    ' a b ',
    'auth0|5f',
    'ns:room:1',
    '__proto__',
    '0',
    "'; DROP TABLE users; --",
    '<b>',
    'a@b',
    '\u{200B}',
  ],
  bad: [
    '',
    ' ',
    '\u{3000}',
    'x'.repeat(257),
    `${'é'.repeat(128)}x`,
    'a\nb',
    'a\0',
    '\u{7F}',
    '\u{85}',
    '\u{2028}',
    '\u{D800}',
    'a\u{DC00}',
    5,
    true,
    [],
    ['a'],
    {},
  ],
};
/** Where an empty text is the same as none. */
const OPTIONAL_IDENTIFIER: Values = {
  good: ['', ...IDENTIFIER.good],
  bad: IDENTIFIER.bad.filter((value) => value !== ''),
};
const FLAG: Values = { good: [0, 1, true, false], bad: [2, -1, 0.5, '1', '', 'true', [], [1], {}] };

function integer(min: number, max: number): Values {
  const outside = [min - 1, ...(max < MAX ? [max + 1] : [2 ** 53, 1e300])];
  return { good: [min, max], bad: [...outside, min + 0.5, String(min), '', true, [], [min], {}] };
}

interface Parameter {
  readonly path: string;
  readonly name: string;
  readonly isRequired: boolean;
  /** A request that is answered with 200, without the parameter, or with it where it is required. */
  readonly body: Body;
  readonly values: Values;
}

function required(path: string, body: Body, parameters: Readonly<Record<string, Values>>): Parameter[] {
  return Object.entries(parameters).map(([name, values]) => ({ path, body, name, isRequired: true, values }));
}

function optional(path: string, body: Body, parameters: Readonly<Record<string, Values>>): Parameter[] {
  return Object.entries(parameters).map(([name, values]) => ({
    path,
    body,
    name,
    isRequired: false,
    values,
  }));
}

const TYPE = integer(1, 255);
const SEQ = integer(0, MAX);
const group = { channel_id: 'g', channel_type: 2 };
const own = { uid: 'bob', ...group };
const send = { from_uid: 'alice', ...group, payload: 'aGk=' };
const batch = { from_uid: 'alice', payload: 'aGk=', subscribers: ['bob'] };
const log = { login_uid: 'bob', ...group };
const named = { uid: 'bob', channels: [group] };

const PAYLOAD: Values = {
  good: ['aGk=', 'AA==', '+/+/', 'A'.repeat(4 * 1000)],
  bad: ['', 'a', 'aGk', 'aGk=\n', ' aGk=', 'aGl=', '-_-_', '!!!!', '====', 5, true, [], {}, ['aGk=']],
};
const HEADER: Values = {
  good: [{}, { red_dot: 1 }, { red_dot: null, no_persist: 0, sync_once: false }, { other: 5 }],
  bad: [5, 'x', true, []],
  badParts: [
    [{ red_dot: 2 }, 'header.red_dot'],
    [{ no_persist: '1' }, 'header.no_persist'],
    [{ sync_once: [] }, 'header.sync_once'],
  ],
};
const SUBSCRIBERS: Values = {
  good: [['a'], ['a', 'a'], ['x'.repeat(256)]],
  bad: ['a', 5, {}, true],
  badParts: [
    [[''], 'subscribers[0]'],
    [['a', 5], 'subscribers[1]'],
    [[null], 'subscribers[0]'],
    [[['a']], 'subscribers[0]'],
  ],
};
const TYPES: Values = {
  good: [[], [2], [0, -1, 256, 1e15], Array.from({ length: 256 }, (_, index) => index)],
  bad: [2, '2', {}, Array.from({ length: 257 }, () => 2)],
  badParts: [
    [[1.5], 'exclude_channel_types[0]'],
    [[2, '2'], 'exclude_channel_types[1]'],
    [[null], 'exclude_channel_types[0]'],
  ],
};
const CHANNELS: Values = {
  good: [[], [group], Array.from({ length: 1000 }, () => group), [{ ...group, extra: 1 }]],
  bad: [group, 'g', 5, Array.from({ length: 1001 }, () => group)],
  badParts: [
    [[{ ...group, channel_id: 5 }], 'channels[0].channel_id'],
    [[group, { ...group, channel_type: 256 }], 'channels[1].channel_type'],
  ],
};
const SETTINGS = { large: FLAG, ban: FLAG, disband: FLAG, send_ban: FLAG, allow_stranger: FLAG };
const CONTENT = { header: HEADER, setting: integer(0, 255), expire: integer(0, 2 ** 32 - 1) };
const MEMBERS = { ...group, subscribers: ['alice'] };
/** 0 and null stand for the usual type. */
const OPTIONAL_TYPE: Values = { good: [0, 2, 255], bad: TYPE.bad.filter((value) => value !== 0) };
const ANY_INTEGER: Values = { good: [0, 1, -1, -MAX, MAX], bad: [0.5, '1', true, [], 2 ** 53, -(2 ** 53)] };

const PARAMETERS: Parameter[] = [
  ...required(SYNC, { uid: 'bob' }, { uid: IDENTIFIER }),
  ...optional(
    SYNC,
    { uid: 'bob' },
    {
      version: {
        good: [0, '0', 1.5e3, 2 ** 62, 1e19, '1763756460123456500'],
        bad: [-1, '-1', 'x', '', true, [], {}],
      },
      last_msg_seqs: {
        good: ['', 'g:2:1'],
        bad: [5, true, [], ['g:2:1'], {}],
        badParts: [['g', 'last_msg_seqs[0]']],
      },
      msg_count: integer(0, MAX),
      only_unread: FLAG,
      exclude_channel_types: TYPES,
      page: integer(0, 1_000_000),
      page_size: integer(0, 500),
      limit: integer(1, 1000),
      include_deleted: FLAG,
    },
  ),
  ...required('/conversation/syncByChannels', named, { uid: IDENTIFIER, channels: CHANNELS }),
  ...optional('/conversation/syncByChannels', named, { msg_count: ANY_INTEGER }),
  ...required('/channel/messagesync', log, {
    login_uid: IDENTIFIER,
    channel_id: IDENTIFIER,
    channel_type: TYPE,
  }),
  ...optional('/channel/messagesync', log, {
    start_message_seq: SEQ,
    end_message_seq: SEQ,
    limit: integer(0, MAX),
    pull_mode: integer(0, 1),
  }),
  ...required(SEND, send, { channel_id: IDENTIFIER, channel_type: TYPE, payload: PAYLOAD }),
  ...optional(SEND, send, { ...CONTENT, client_msg_no: OPTIONAL_IDENTIFIER, from_uid: OPTIONAL_IDENTIFIER }),
  ...required(
    SEND,
    { header: { sync_once: 1 }, payload: 'aGk=', subscribers: ['bob'] },
    { subscribers: SUBSCRIBERS },
  ),
  ...required('/message/sendbatch', batch, {
    from_uid: IDENTIFIER,
    payload: PAYLOAD,
    subscribers: { ...SUBSCRIBERS, bad: [[], ...SUBSCRIBERS.bad] },
  }),
  ...optional('/message/sendbatch', batch, CONTENT),
  ...required('/channel', group, { channel_id: IDENTIFIER, channel_type: integer(2, 255) }),
  ...optional('/channel', group, {
    ...SETTINGS,
    reset: FLAG,
    subscribers: { ...SUBSCRIBERS, good: [[], ...SUBSCRIBERS.good] },
  }),
  ...required('/channel/info', group, { channel_id: IDENTIFIER, channel_type: integer(2, 255) }),
  ...optional('/channel/info', group, SETTINGS),
  ...required('/channel/delete', group, { channel_id: IDENTIFIER, channel_type: integer(2, 255) }),
  ...['/channel/subscriber_add', '/channel/subscriber_remove'].flatMap((path) =>
    required(path, MEMBERS, {
      channel_id: IDENTIFIER,
      subscribers: { ...SUBSCRIBERS, bad: [[], ...SUBSCRIBERS.bad] },
    }).concat(
      optional(path, MEMBERS, {
        channel_type: OPTIONAL_TYPE,
        reset: FLAG,
        temp_subscriber: { ...FLAG, good: [0, false] },
      }),
    ),
  ),
  ...['clearUnread', 'setUnread', 'delete'].flatMap((name) =>
    required(`/conversations/${name}`, name === 'setUnread' ? { ...own, unread: 0 } : own, {
      uid: IDENTIFIER,
      channel_id: IDENTIFIER,
      channel_type: TYPE,
    }),
  ),
  ...optional('/conversations/clearUnread', own, { message_seq: SEQ }),
  ...required(
    '/conversations/setUnread',
    { ...own, channel_type: 1, unread: 0 },
    { unread: integer(0, 2 ** 31 - 1) },
  ),
];

async function start(): Promise<TestServer> {
  const server = await startServer();
  await server.client.makeGroup(group, ['alice', 'bob']);
  return server;
}

/** Who may not read or mark a channel is refused for that, and not for how the channel or he is spelled. */
const TAKEN = new Set([200, 403, 404]);

describe.each(PARAMETERS)('$path $name', ({ path, name, body, isRequired, values }) => {
  let server: TestServer;
  beforeAll(async () => (server = await start()));
  afterAll(() => server[Symbol.asyncDispose]());

  const ask = (value: unknown): Promise<Reply> => server.client.post(path, { ...body, [name]: value });

  test('ER-2, ER-4: each value within the limits is taken', async () => {
    for (const value of values.good) {
      const reply = await ask(value);
      expect([value, reply.text, TAKEN.has(reply.status)]).toEqual([value, reply.text, true]);
    }
  });

  test('ER-2, ER-4, ER-5: each other value is a 400 that names the field', async () => {
    const bad = values.bad.map((value) => [value, name] as const);
    for (const [value, field] of [...bad, ...(values.badParts ?? [])]) {
      const reply = await ask(value);
      expect([value, reply.outcome]).toEqual([value, `400 INVALID_ARGUMENT ${field}`]);
      expect(reply.error.msg).toContain(field);
    }
  });

  test('WK-15, ER-2: null is the same as absent', async () => {
    // A message to subscribers is, without them, one that lacks its channel.
    const field = path === SEND && name === 'subscribers' ? 'channel_id' : name;
    const expected = isRequired ? `400 INVALID_ARGUMENT ${field}` : '200';
    const replies = [await ask(undefined), await ask(null)];
    expect(replies.map(({ outcome }) => outcome)).toEqual([expected, expected]);
  });
});

test('ER-2, ER-4: the parameters of a URL are read like those of a body', async () => {
  await using server = await start();
  const outcomeOf = async (query: string): Promise<string> =>
    (await server.client.get(`/channel/max_message_seq?${query}`)).outcome;
  for (const query of [
    'channel_id=g&channel_type=2',
    'channel_id=g&channel_type=255&x=1',
    'channel_id=%C3%A9&channel_type=002&login_uid=',
  ]) {
    expect([query, await outcomeOf(query)]).toEqual([query, '200']);
  }
  for (const [query, field] of [
    ['', 'channel_id'],
    ['channel_id=&channel_type=2', 'channel_id'],
    ['channel_id=g', 'channel_type'],
    ['channel_id=g&channel_id=h&channel_type=2', 'channel_id'],
    ['channel_id=a%00b&channel_type=2', 'channel_id'],
    [`channel_id=${'x'.repeat(257)}&channel_type=2`, 'channel_id'],
    ...['', '0', '256', '-1', '1.5', 'x', '2e0', '0x2', '%202', '1000'].map((type) => [
      `channel_id=g&channel_type=${type}`,
      'channel_type',
    ]),
    ['channel_id=g&channel_type=2&login_uid=a%0Ab', 'login_uid'],
    ['channel_id=g&channel_type=2&login_uid=a&login_uid=b', 'login_uid'],
  ]) {
    expect([query, await outcomeOf(query ?? '')]).toEqual([query, `400 INVALID_ARGUMENT ${field}`]);
  }
});
