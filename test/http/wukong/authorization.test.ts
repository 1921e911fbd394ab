import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createSigner } from 'fast-jwt';
import { describe, expect, test } from 'vitest';
import { ADMIN_KEY, JWT_SECRET, signToken, startServer, type TestServer } from '../../support/server.js';
import {
  group,
  only,
  payloadOf,
  person,
  SEND,
  type Body,
  type Headers,
  type Reply,
  type WukongClient,
} from '../../support/wukong-client.js';

const MODES = ['open', 'required'] as const;
const ME = 'me';
const G = group('g');
const payload = payloadOf('hello');

/** What each route takes, with the one who asks in it; `field` is where that is, or none where users have no business. */
interface Ask {
  readonly field: string | undefined;
  readonly body: (uid: string) => Body;
}

const ASKS: Readonly<Record<string, Ask>> = {
  'POST /conversation/sync': { field: 'uid', body: (uid) => ({ uid }) },
  'POST /conversation/syncByChannels': { field: 'uid', body: (uid) => ({ uid, channels: [G] }) },
  'POST /channel/messagesync': { field: 'login_uid', body: (uid) => ({ login_uid: uid, ...G }) },
  'GET /channel/max_message_seq': { field: 'login_uid', body: (uid) => ({ login_uid: uid, ...G }) },
  'POST /message/send': { field: 'from_uid', body: (uid) => ({ from_uid: uid, ...G, payload }) },
  'POST /message/sendbatch': {
    field: 'from_uid',
    body: (uid) => ({ from_uid: uid, subscribers: ['someone'], payload }),
  },
  'POST /channel': { field: undefined, body: () => ({ ...G, subscribers: ['someone'] }) },
  'POST /channel/info': { field: undefined, body: () => ({ ...G, ban: 1 }) },
  'POST /channel/delete': { field: undefined, body: () => group('unknown') },
  'POST /channel/subscriber_add': { field: undefined, body: (uid) => ({ ...G, subscribers: [uid] }) },
  'POST /channel/subscriber_remove': { field: undefined, body: () => ({ ...G, subscribers: ['someone'] }) },
  'POST /conversations/clearUnread': { field: 'uid', body: (uid) => ({ uid, ...G }) },
  'POST /conversations/setUnread': { field: 'uid', body: (uid) => ({ uid, ...G, unread: 0 }) },
  'POST /conversations/delete': { field: 'uid', body: (uid) => ({ uid, ...G }) },
};

/** The only ones that ask for no credential. */
const PUBLIC = ['GET /health', 'GET /ready', 'GET /openapi.json'];

/** All routes of the app but the public ones; one that is new has to say who may use it. */
function listAsks({ routeNames }: TestServer): { readonly route: string; readonly rule: Ask }[] {
  expect(routeNames.filter((name) => !PUBLIC.includes(name)).toSorted()).toEqual(
    Object.keys(ASKS).toSorted(),
  );
  return Object.entries(ASKS).map(([route, rule]) => ({ route, rule }));
}

function ask(client: WukongClient, route: string, body: Body): Promise<Reply> {
  const [method, path = ''] = route.split(' ');
  return method === 'GET' ? client.get(path, body) : client.post(path, body);
}

async function startWithGroup(auth: (typeof MODES)[number]): Promise<TestServer> {
  const server = await startServer({ auth });
  await server.admin.makeGroup(G, [ME, 'other', 'someone']);
  await server.admin.say('other', G, 'secret text');
  return server;
}

/** Whether anything was written, as someone sees who may see everything. */
async function stateOf({ admin }: TestServer): Promise<(string | null)[]> {
  const replies = await Promise.all(['other', 'someone', ME].map((uid) => admin.sync({ uid, msg_count: 9 })));
  return [...replies.map(({ text }) => text), replies[0]?.header('x-sync-version') ?? null];
}

function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` };
}

function unsigned(algorithm: string, claims: object, signature = ''): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: algorithm, typ: 'JWT' })}.${encode(claims)}.${signature}`;
}

function wrongCredentials(): Record<string, Headers> {
  const nowS = Math.floor(Date.now() / 1000);
  const claims = { sub: ME, exp: nowS + 600 };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rsaKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const valid = signToken({ sub: ME });
  const [head = '', body = ''] = valid.split('.');
  return {
    'a wrong key as x-api-key': { 'x-api-key': `${ADMIN_KEY}x` },
    'a wrong key as token': { token: ADMIN_KEY.slice(1) },
    'an empty key': { 'x-api-key': '' },
    'a wrong key beside the right one': { 'x-api-key': ADMIN_KEY, token: 'wrong' },
    'the right key twice': { 'x-api-key': `${ADMIN_KEY}, ${ADMIN_KEY}` },
    'the secret as key': { 'x-api-key': JWT_SECRET },
    'a user token as key': { token: valid },
    'the key as a user token': bearer(ADMIN_KEY),
    'no token': { authorization: '' },
    'Bearer and nothing': { authorization: 'Bearer' },
    'another scheme': { authorization: `Basic ${Buffer.from(`${ME}:x`).toString('base64')}` },
    'no JWT': bearer('x.y.z'),
    'a token of another secret': bearer(signToken(claims, 'another-secret-of-the-same-length-as-it')),
    'a token that has expired': bearer(signToken({ ...claims, exp: nowS - 1 })),
    'a token that is not valid yet': bearer(signToken({ ...claims, nbf: nowS + 600 })),
    'a token without a signature': bearer(unsigned('none', claims)),
    'a token whose signature is cut off': bearer(`${head}.${body}.`),
    'a token with HS512': bearer(createSigner({ algorithm: 'HS512', key: JWT_SECRET })(claims)),
    'a token with RS256': bearer(createSigner({ algorithm: 'RS256', key: rsaKey })(claims)),
    'a token with changed claims': bearer(
      valid.replace(body, Buffer.from('{"sub":"other"}').toString('base64url')),
    ),
    'a token that says none but is signed': bearer(
      unsigned('none', claims, createHmac('sha256', JWT_SECRET).update('x').digest('base64url')),
    ),
    'a token without sub': bearer(signToken({})),
    'a token with an empty sub': bearer(signToken({ sub: '' })),
    'a token with a number as sub': bearer(signToken({ sub: 5 })),
    'a token of the system': bearer(signToken({ sub: '____system' })),
    'a token with line breaks in sub': bearer(signToken({ sub: 'a\nb' })),
    'a token for a community that does not exist': bearer(signToken({ sub: ME, community: 2 })),
    'a token for no community': bearer(signToken({ sub: ME, community: 'x' })),
    'a token for community 0': bearer(signToken({ sub: ME, community: 0 })),
    'a token for half a community': bearer(signToken({ sub: ME, community: 1.5 })),
    'a refresh token': bearer(signToken({ sub: ME, typ: 'refresh' })),
    'a wrong token beside the right key': { ...bearer('x.y.z'), 'x-api-key': ADMIN_KEY },
    'a right token beside a wrong key': { ...bearer(valid), 'x-api-key': 'wrong' },
  };
}

describe('every route', () => {
  test('AU-1: with open, a request without a credential may do everything', async () => {
    await using server = await startWithGroup('open');
    for (const { route, rule } of listAsks(server)) {
      for (const uid of [ME, 'other']) {
        const reply = await ask(server.client, route, rule.body(uid));
        expect([route, reply.status]).toEqual([route, 200]);
      }
    }
  });

  test('AU-2: with required, a request without a credential is a 401, health apart', async () => {
    await using server = await startWithGroup('required');
    const before = await stateOf(server);
    for (const { route, rule } of listAsks(server)) {
      for (const sent of [rule.body(ME), {}]) {
        const reply = await ask(server.client, route, sent);
        expect([route, reply.outcome]).toEqual([route, '401 UNAUTHENTICATED']);
      }
    }
    expect(await stateOf(server)).toEqual(before);
    for (const name of PUBLIC) expect((await ask(server.client, name, {})).status).toBe(200);
  });

  test.each(MODES)('AU-5: with %s, a wrong credential is a 401', async (auth) => {
    await using server = await startWithGroup(auth);
    const before = await stateOf(server);
    for (const [name, headers] of Object.entries(wrongCredentials())) {
      for (const { route, rule } of listAsks(server)) {
        const reply = await ask(server.client.with(headers), route, rule.body(ME));
        expect([name, route, reply.outcome]).toEqual([name, route, '401 UNAUTHENTICATED']);
      }
    }
    expect(await stateOf(server)).toEqual(before);
  });

  test.each(MODES)('AU-3: with %s, a user token acts as its uid, and as another is a 403', async (auth) => {
    await using server = await startWithGroup(auth);
    const before = await stateOf(server);
    for (const { route, rule } of listAsks(server)) {
      const reply = await ask(server.as(ME), route, rule.body('other'));
      expect([route, reply.outcome]).toEqual([
        route,
        ['403 PERMISSION_DENIED', rule.field].filter(Boolean).join(' '),
      ]);
      expect(reply.text).not.toContain('secret');
    }
    expect(await stateOf(server)).toEqual(before);
    for (const { route, rule } of listAsks(server)) {
      const reply = await ask(server.as(ME), route, rule.body(ME));
      expect([route, reply.status]).toEqual([route, rule.field === undefined ? 403 : 200]);
    }
  });

  test.each(MODES)('AU-4: with %s, the admin key may do everything, in either header', async (auth) => {
    await using server = await startWithGroup(auth);
    for (const name of ['x-api-key', 'token', 'X-API-Key']) {
      for (const { route, rule } of listAsks(server)) {
        const reply = await ask(server.client.with({ [name]: ADMIN_KEY }), route, rule.body('other'));
        expect([name, route, reply.status]).toEqual([name, route, 200]);
      }
    }
  });
});

describe('user tokens', () => {
  test('AU-3: a token without exp does not expire', async () => {
    await using server = await startServer({ auth: 'required' });
    const token = createSigner({ algorithm: 'HS256', key: JWT_SECRET })({ sub: ME, iat: 1 });
    expect(await server.client.with(bearer(token)).list(ME)).toEqual([]);
  });

  test('AU-3: with and without Bearer, with and without a community, with claims of others', async () => {
    await using server = await startWithGroup('required');
    const token = signToken({ sub: ME });
    for (const authorization of [
      token,
      `Bearer ${token}`,
      `bearer ${token}`,
      `Bearer   ${token}`,
      `Bearer ${signToken({ sub: ME, community: 1, typ: 'access', name: 'x' })}`,
    ]) {
      const reply = await server.client.with({ authorization }).sync({ uid: ME });
      expect([authorization, reply.status]).toEqual([authorization, 200]);
    }
  });

  test('AU-3: a token beside the admin key means the user', async () => {
    await using server = await startWithGroup('required');
    const both = server.client.with({ 'x-api-key': ADMIN_KEY, authorization: signToken({ sub: ME }) });
    expect((await both.sync({ uid: ME })).status).toBe(200);
    expect((await both.sync({ uid: 'other' })).status).toBe(403);
    expect((await both.post('/channel/delete', G)).status).toBe(403);
  });

  test('AU-3: sending as the system is a 403', async () => {
    await using server = await startWithGroup('open');
    const before = await stateOf(server);
    for (const from of [{}, { from_uid: '' }, { from_uid: null }, { from_uid: '____system' }]) {
      const reply = await server.as(ME).post(SEND, { ...from, ...G, payload });
      expect(reply.outcome).toBe('403 PERMISSION_DENIED from_uid');
    }
    expect(await stateOf(server)).toEqual(before);
  });

  test('AU-3, WK-31: without login_uid, the newest seq is asked for as the user', async () => {
    await using server = await startWithGroup('required');
    await server.admin.say('other', person('someone'), 'private');
    const mine = server.as(ME);
    expect((await mine.get('/channel/max_message_seq', G)).json).toEqual({ message_seq: 1 });
    expect((await server.as('stranger').get('/channel/max_message_seq', G)).status).toBe(403);
    expect((await mine.get('/channel/max_message_seq', person('other@someone'))).status).toBe(403);
    const own = await server.as('other').get('/channel/max_message_seq', person('other@someone'));
    expect(own.json).toEqual({ message_seq: 1 });
  });

  test('AU-6: only members send to and read a channel', async () => {
    await using server = await startWithGroup('required');
    const before = await stateOf(server);
    const stranger = server.as('stranger');
    for (const channel of [G, group('unknown')]) {
      const sent = await stranger.send('stranger', channel, 'let me in');
      expect(sent.outcome).toBe('403 PERMISSION_DENIED');
    }
    for (const uid of ['stranger', 'other', ME]) {
      const read = await stranger.post('/channel/messagesync', { login_uid: uid, ...G, limit: 5 });
      expect([uid, read.status]).toEqual([uid, 403]);
    }
    expect(await stranger.list('stranger', { msg_count: 9, last_msg_seqs: 'g:2:0' })).toEqual([]);
    const named = await stranger.post('/conversation/syncByChannels', { uid: 'stranger', channels: [G] });
    expect(named.ok()).toMatchObject([{ unread: 0, last_msg_seq: 0, messages: [] }]);
    expect(await stateOf(server)).toEqual(before);
    expect((await server.as(ME).send(ME, G, 'I am in')).status).toBe(200);
    expect((await server.as(ME).messages(ME, G, { limit: 5 })).messages).toHaveLength(2);
  });

  test('AU-6: anyone may begin a person channel, and only its two read it', async () => {
    await using server = await startWithGroup('required');
    await server.as(ME).say(ME, person('other'), 'hello');
    expect((await server.as('other').messages('other', person(ME), { limit: 5 })).messages).toHaveLength(1);
    expect((await server.as('someone').messages('someone', person(ME), { limit: 5 })).messages).toEqual([]);
  });

  test.each(['ban', 'disband', 'send_ban'])(
    'AU-6: sending respects %s; a trusted caller may still send',
    async (name) => {
      await using server = await startWithGroup('required');
      (await server.admin.post('/channel/info', { ...G, [name]: 1 })).ok();
      const refused = await server.as(ME).send(ME, G, 'hello');
      expect(refused.outcome).toBe('403 PERMISSION_DENIED');
      expect((await server.admin.say(ME, G, 'as the backend')).message_seq).toBe(2);
      expect((await server.as(ME).messages(ME, G, { limit: 5 })).messages).toHaveLength(2);
      (await server.admin.post('/channel/info', { ...G, [name]: 0 })).ok();
      expect((await server.as(ME).say(ME, G, 'hello')).message_seq).toBe(3);
    },
  );

  test('AU-7: a token for another community reaches only that community', async () => {
    await using server = await startWithGroup('required');
    const community = await server.engine.store.createCommunity({ name: 'second' });
    const there = server.as(ME, { community });
    const before = await stateOf(server);
    expect((await there.sync({ uid: ME })).text).toBe('[]');
    expect((await there.messages(ME, G, { limit: 5 })).messages).toEqual([]);
    await there.say(ME, person('other'), 'over there');
    await there.change('setUnread', ME, { ...person('someone'), unread: 1 });
    expect(await stateOf(server)).toEqual(before);
    expect(only(await server.as('other', { community }).list('other', { msg_count: 1 })).last_msg_seq).toBe(
      1,
    );
    expect((await server.as('other').list('other')).map(({ channel_id: id }) => id)).toEqual(['g']);
    expect((await there.send(ME, G, 'to the group of here')).status).toBe(403);
  });
});
