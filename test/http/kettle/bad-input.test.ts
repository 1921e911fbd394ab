import * as fc from 'fast-check';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import type { KettleMember, KettleReply } from '../../support/kettle-client.js';
import { checkHttpProperty } from '../../support/kettle-property.js';
import { KETTLE_API_KEY, startKettle, type KettleServer } from '../../support/kettle-server.js';
import { exchange, parseReply } from '../../support/raw-http.js';
import { PROPERTY_TIMEOUT_MS } from '../../support/check-property.js';

const STATUSES = [200, 400, 401, 403, 404, 413];

let server: KettleServer;
let ann: KettleMember;
let roomId: number;
let messageId: number;

beforeAll(async () => {
  server = await startKettle();
  ann = await server.login('ann', { isManager: true });
  roomId = await ann.createRoom({ uuids: ['bob'] });
  messageId = await ann.say(roomId, 'secret-text');
});

afterAll(() => server[Symbol.asyncDispose]());

/** An answer in the form of this dialect, which says nothing of how it was made. */
function expectCivil(reply: KettleReply, input: unknown): void {
  const context = JSON.stringify(input);
  expect(STATUSES, `${context}: ${reply.text}`).toContain(reply.status);
  const message = reply.status === 200 ? '' : reply.error[1];
  expect(reply.json['success'], context).toBe(reply.status === 200);
  expect(message, context).not.toMatch(/sqlite|SQL|SELECT|no such|node_modules|at async|\.ts:/);
}

const SQL = [
  "'",
  "' OR '1'='1",
  "'; DROP TABLE messages; --",
  '" OR 1=1 --',
  'x%27%20UNION%20SELECT%20*%20FROM%20users--',
  '\\',
  '%',
  '_',
  '\0',
  "red') OR 1=1/*",
];

const someText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  fc.constantFrom(
    ...SQL,
    '[',
    '[]',
    '[0',
    '[[0]]',
    '{}',
    'null',
    'undefined',
    'NaN',
    '-0',
    '1e400',
    '0x1',
    '٣',
  ),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(String),
  fc.double().map(String),
  fc.json({ maxDepth: 2 }),
);

const ROOM_NAMES = [
  'page',
  'page_size',
  'chatroom_types',
  'min_timestamp',
  'max_timestamp',
  'is_local_db',
  'tag',
  'included_conversation_states',
  'chatroom_id',
  'other',
];
const MESSAGE_NAMES = [
  'chatroom_id',
  'page',
  'page_size',
  'min_timestamp',
  'max_timestamp',
  'is_local_db',
  'conversation_id',
  'excluded_conversation_states',
  'order_by',
  'other',
];

function someQuery(names: readonly string[]): fc.Arbitrary<[string, string][]> {
  return fc.array(fc.tuple(fc.constantFrom(...names), someText), { maxLength: 4 });
}

/** Everything that takes a body, with the fields that it looks at. */
const WRITES: Readonly<Record<string, readonly string[]>> = {
  'POST /conversation': [
    'chatroom_id',
    'text',
    'temporary_id',
    'replied_conversation_id',
    'replied_chatroom_id',
    'share_link',
    'og_tags',
    'attachments',
    'metadata',
    'state',
    'polls',
    'poll_type',
    'multiple_select_no',
    'multiple_select_state',
    'is_anonymous',
    'allow_add_option',
    'expiry_time',
    'no_poll_expiry',
  ],
  'PUT /conversation': ['conversation_id', 'text', 'share_link', 'og_tags'],
  'DELETE /conversation': ['conversation_ids', 'reason'],
  'PUT /conversation/reaction': ['conversation_id', 'chatroom_id', 'reaction'],
  'DELETE /conversation/reaction': ['conversation_id', 'chatroom_id', 'reaction'],
  'POST /conversation/poll': ['conversation_id', 'poll'],
  'POST /conversation/poll/submit': ['conversation_id', 'polls'],
  'PUT /conversation/topic': ['chatroom_id', 'conversation_id'],
  'PUT /chatroom/follow': ['collabcard_id', 'chatroom_id', 'member_id', 'uuid', 'value'],
  'POST /chatroom/mark_read': ['chatroom_id'],
  'PUT /chatroom/mute': ['chatroom_id', 'value'],
  'PUT /chatroom/seen': ['collabcard_id', 'member_id', 'uuid', 'collabcard_type'],
  'POST /chatroom': [
    'title',
    'header',
    'type',
    'is_secret',
    'chatroom_image_url',
    'tag',
    'chatroom_participants',
    'uuids',
  ],
  'PUT /chatroom': ['chatroom_id', 'title', 'header', 'chatroom_image_url', 'tag'],
  'POST /chatroom/dm/create': ['uuid', 'member_id'],
  'POST /sdk/initiate': ['uuid', 'user_unique_id', 'user_name', 'is_guest', 'image_url', 'api_key'],
  'POST /user/refresh': ['token_expiry_beta'],
};

const someValue = fc.oneof(
  someText,
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    0,
    1,
    -1,
    1.5,
    2 ** 53,
    1e308,
    true,
    false,
    null,
    [],
    {},
    [null],
    [{}],
    [{ id: 1 }],
    [{ text: 'a' }],
  ),
);

const someWrite = fc.constantFrom(...Object.keys(WRITES)).chain((route) =>
  fc.record({
    route: fc.constant(route),
    body: fc.dictionary(fc.constantFrom(...(WRITES[route] ?? [])), someValue, { maxKeys: 6 }),
    /** So that the rest is looked at too. */
    isAimed: fc.boolean(),
  }),
);

describe('KT-48: no input is answered with a 500', () => {
  test(
    'KT-48: on /chatroom/sync',
    async () => {
      const property = fc.asyncProperty(someQuery(ROOM_NAMES), async (pairs) => {
        expectCivil(await ann.get('/chatroom/sync', new URLSearchParams(pairs).toString()), pairs);
      });
      await expect(checkHttpProperty(property, { runs: 400 })).resolves.toBeUndefined();
    },
    PROPERTY_TIMEOUT_MS,
  );

  test(
    'KT-48: on /conversation/sync',
    async () => {
      const property = fc.asyncProperty(someQuery(MESSAGE_NAMES), async (pairs) => {
        const query = new URLSearchParams(pairs);
        if (!query.has('chatroom_id')) query.set('chatroom_id', String(roomId));
        expectCivil(await ann.get('/conversation/sync', query.toString()), pairs);
      });
      await expect(checkHttpProperty(property, { runs: 400 })).resolves.toBeUndefined();
    },
    PROPERTY_TIMEOUT_MS,
  );

  test(
    'KT-48: on everything that takes a body',
    async () => {
      const property = fc.asyncProperty(someWrite, async ({ route, body, isAimed }) => {
        const [method = '', path = ''] = route.split(' ');
        const aim = { chatroom_id: roomId, collabcard_id: roomId, conversation_id: messageId };
        const headers = { 'x-api-key': 'no-such-key' };
        expectCivil(await ann.send(method, path, { headers, body: { ...(isAimed && aim), ...body } }), [
          route,
          body,
        ]);
      });
      await expect(checkHttpProperty(property, { runs: 600 })).resolves.toBeUndefined();
    },
    PROPERTY_TIMEOUT_MS,
  );

  test(
    'KT-48: on bodies that are no objects, or no JSON',
    async () => {
      const someType = fc.constantFrom(
        'application/json',
        'application/x-www-form-urlencoded',
        'text/plain',
        'x',
      );
      const property = fc.asyncProperty(
        fc.constantFrom(...Object.keys(WRITES)),
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json(),
          fc.constantFrom('{', 'a=1&b', '[]', '1', '{"__proto__":1}'),
        ),
        someType,
        async (route, body, type) => {
          const [method = '', path = ''] = route.split(' ');
          expectCivil(await ann.send(method, path, { headers: { 'content-type': type }, body }), [
            route,
            body,
            type,
          ]);
        },
      );
      await expect(checkHttpProperty(property, { runs: 300 })).resolves.toBeUndefined();
    },
    PROPERTY_TIMEOUT_MS,
  );
});

test('KT-20, PG-3: a text that cannot be stored as it is is named, whatever stores it', async () => {
  const posted = await ann.post(roomId, {
    state: 10,
    text: 'which',
    polls: [{ text: 'a' }],
    allow_add_option: true,
  });
  const { id: pollId } = posted.data<{ conversation: { id: number } }>().conversation;
  const headers = { 'x-api-key': KETTLE_API_KEY };
  for (const bad of ['a\0b', 'a\uD83D', '\uDE00b']) {
    for (const [route, body, name] of [
      ['POST /chatroom', { title: 'x', header: bad }, 'header'],
      ['POST /chatroom', { title: 'x', tag: bad }, 'tag'],
      ['PUT /chatroom', { chatroom_id: roomId, chatroom_image_url: bad }, 'chatroom_image_url'],
      ['POST /sdk/initiate', { uuid: 'ann', user_name: bad }, 'user_name'],
      ['POST /sdk/initiate', { uuid: 'ann', image_url: bad }, 'image_url'],
      ['POST /conversation/poll', { conversation_id: pollId, poll: { text: bad } }, 'poll.text'],
    ] as const) {
      const [method = '', path = ''] = route.split(' ');
      const [status, message] = (await ann.send(method, path, { headers, body })).error;
      expect([route, status, message]).toEqual([
        route,
        400,
        expect.stringMatching(`^${name} must not contain NUL`),
      ]);
    }
    const reply = await ann.post(roomId, { text: bad });
    expect([bad, reply.status]).toEqual([bad, 200]);
  }
  const [status, message] = (await ann.get('/chatroom/sync', 'tag=a%00')).error;
  expect([status, message]).toEqual([400, expect.stringContaining('tag')]);
});

describe('query strings that no client library writes', () => {
  test('KT-48: are answered in the form of this dialect', async () => {
    for (const query of [
      'chatroom_types=%',
      'chatroom_types=%FF%FE',
      'tag=%00',
      '%5B%5D=1',
      '=',
      '&&&',
      `tag=${'x'.repeat(8000)}`,
      'page[]=1',
      'chatroom_types[]=0&chatroom_types[]=7',
      'tag[$ne]=x',
      '__proto__=1',
      'constructor=1&toString=2',
    ]) {
      const head = [`GET /chatroom/sync?${query} HTTP/1.1`, 'Host: test', 'Connection: close'];
      const token = `Authorization: Bearer ${ann.accessToken}`;
      const reply = parseReply(await exchange(server.port, [...head, token, '', ''].join('\r\n')));
      expect([query, reply.status < 500]).toEqual([query, true]);
      const body = JSON.parse(reply.text) as { success: boolean };
      expect([query, body.success]).toEqual([query, reply.status === 200]);
    }
  });

  test('KT-24: a body that is not in UTF-8 is not stored with letters that are lost', async () => {
    const text = JSON.stringify({ chatroom_id: roomId, text: 'Grüße' });
    const post = (type: string, encoding: 'latin1' | 'utf8') =>
      fetch(`${ann.url}/conversation`, {
        method: 'POST',
        headers: { ...ann.headers, 'content-type': type },
        body: Buffer.from(text, encoding),
      });
    for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
      const refused = await post(type, 'latin1');
      expect([refused.status, await refused.json()]).toEqual([
        400,
        { success: false, error_message: 'body must be in UTF-8' },
      ]);
      expect((await post(type, 'utf8')).status).toBe(200);
    }
  });

  test('ER-5, KT-23: a body beyond the limit is refused in the form of this dialect', async () => {
    const reply = await ann.post(roomId, { text: 'x'.repeat(1024 * 1024) });
    expect(reply.error[0]).toBe(413);
    const [status, message] = (await ann.post(roomId, { text: 'x'.repeat(65 * 1024) })).error;
    expect([status, message]).toEqual([413, expect.stringContaining('text')]);
  });
});
