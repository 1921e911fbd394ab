import { describe, expect, test } from 'vitest';
import { hashApiKey } from '../../../src/http/plugins/api-key.js';
import type { Json, KettleClient, KettleReply, LoginData } from '../../support/kettle-client.js';
import { KETTLE_API_KEY, signKettleToken, startKettle } from '../../support/kettle-server.js';
import { exchange, parseReply } from '../../support/raw-http.js';

const KEY = { 'x-api-key': KETTLE_API_KEY };
const NOT_AN_ACCESS_TOKEN = [401, 'Invalid LTM!'];
const NOT_A_REFRESH_TOKEN = [401, 'Invalid RTM!'];

function initiate(client: KettleClient, body: object | string, headers: object = {}): Promise<KettleReply> {
  return client.send('POST', '/sdk/initiate', { headers: { ...KEY, ...headers }, body });
}

function refresh(client: KettleClient, token: string, body?: object): Promise<KettleReply> {
  return client.send('POST', '/user/refresh', { headers: { authorization: token }, ...(body && { body }) });
}

function claimsOf(token: string): Record<string, number | string> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, number>;
}

describe('POST /sdk/initiate', () => {
  test('KT-26, KT-15: what each SDK sends', async () => {
    await using server = await startKettle();
    const { kettle } = server;
    const bodies: readonly (readonly [string, object])[] = [
      [
        'js',
        {
          api_key: KETTLE_API_KEY,
          is_guest: false,
          user_unique_id: 'u-js',
          user_name: 'Jo',
          token_expiry_beta: 5,
        },
      ],
      ['js', { image_url: 'https://example.org/j.png', is_guest: false, uuid: 'u-js2', user_name: 'Jo' }],
      [
        'android',
        {
          user_name: 'Al',
          user_unique_id: 'u-an',
          is_guest: false,
          device_id: 'd',
          rtm_token_expiry_beta: 9,
        },
      ],
      ['ios', { user_name: 'Ii', uuid: 'u-ios', is_guest: false, api_key: KETTLE_API_KEY }],
      ['flutter', { user_name: 'Fl', user_unique_id: 'u-fl', is_guest: false, image_url: null }],
    ];
    for (const [sdk, body] of bodies) {
      const { user, community, ...data } = (await initiate(kettle, body, { 'x-api-version': '1' })).data<
        LoginData & Json
      >();
      const { uuid, user_unique_id: uid, user_name: name } = body as Record<string, string>;
      expect([sdk, user['name'], user['sdk_client_info']]).toEqual([
        sdk,
        name,
        { community: 1, user: user.id, user_unique_id: uuid ?? uid, uuid: uuid ?? uid, widget_id: '' },
      ]);
      expect(user).toMatchObject({ is_guest: false, image_url: expect.any(String), roles: ['member'] });
      expect(user).toHaveProperty('organisation_name');
      expect(user).toHaveProperty('updated_at');
      expect(community).toMatchObject({ id: 1, name: expect.any(String), community_settings: [] });
      expect(data).toMatchObject({
        access_token: expect.stringMatching(/./),
        refresh_token: expect.stringMatching(/./),
        app_access: true,
        has_answers: expect.any(Boolean),
      });
    }
  });

  test('KT-26, KT-15: a user has one number; uuid goes before user_unique_id; what is not given stays', async () => {
    await using server = await startKettle();
    const { kettle } = server;
    const login = async (body: object): Promise<LoginData['user']> =>
      (await initiate(kettle, body)).data<LoginData>().user;
    const first = await login({
      uuid: 'u',
      user_unique_id: 'other',
      user_name: 'First',
      image_url: 'https://a',
    });
    expect(first).toMatchObject({ uuid: 'u', name: 'First', image_url: 'https://a' });
    const again = await login({ user_unique_id: 'u' });
    expect(again).toEqual(first);
    expect(await login({ uuid: 'u', user_name: 'Renamed' })).toMatchObject({ id: first.id, name: 'Renamed' });
    expect((await login({ uuid: 'other', user_name: '' })).id).not.toBe(first.id);
    expect(await login({ uuid: 'nameless', user_name: '' })).toMatchObject({ name: 'nameless' });
    expect(await login({ uuid: 12_345 })).toMatchObject({ uuid: '12345', name: '12345' });
  });

  test('KT-26: a guest without an id is somebody new each time', async () => {
    await using server = await startKettle();
    const guests = await Promise.all(
      [0, 1].map(async () =>
        (await initiate(server.kettle, { is_guest: true, user_name: 'Guest' })).data<LoginData>(),
      ),
    );
    expect(guests.map(({ user }) => user['is_guest'])).toEqual([true, true]);
    expect(guests[0]?.user.id).not.toBe(guests[1]?.user.id);
    expect(guests[0]?.user['uuid']).not.toBe(guests[1]?.user['uuid']);
  });

  test('KT-14, KT-26: a missing key, a wrong key, and one that was replaced', async () => {
    await using server = await startKettle();
    const { kettle, engine } = server;
    const body = { uuid: 'u', api_key: KETTLE_API_KEY };
    const send = (headers: Record<string, string>): Promise<KettleReply> =>
      kettle.send('POST', '/sdk/initiate', { headers, body });
    expect((await send({})).error).toEqual([400, 'Send x-api-key in headers']);
    expect((await send({ 'x-api-key': '' })).error).toEqual([400, 'Send x-api-key in headers']);
    expect((await send({ 'x-api-key': `${KETTLE_API_KEY} ` })).status).toBe(200);
    for (const key of ['wrong', KETTLE_API_KEY.toUpperCase(), hashApiKey(KETTLE_API_KEY), "' OR 1=1 --"]) {
      expect((await send({ 'x-api-key': key })).error).toEqual([400, 'Invalid API key']);
    }
    const before = (await send(KEY)).data<LoginData>();
    await engine.store.setApiKey({ communityId: 1, apiKeyHash: hashApiKey('the-next-key') });
    expect((await send(KEY)).error).toEqual([400, 'Invalid API key']);
    expect((await send({ 'x-api-key': 'the-next-key' })).status).toBe(200);
    const stillValid = await kettle.with({ authorization: before.access_token }).get('/chatroom/sync');
    expect(stillValid.status).toBe(200);
  });

  test('KT-26: an Authorization header that comes along is of no interest', async () => {
    await using server = await startKettle();
    for (const authorization of ['Bearer nonsense', signKettleToken({ sub: 'u', exp: 1 }), 'Bearer ']) {
      expect((await initiate(server.kettle, { uuid: 'u' }, { authorization })).status).toBe(200);
    }
  });

  test('KT-26: ids that cannot be one are refused by their name', async () => {
    await using server = await startKettle();
    for (const [name, value] of [
      ['uuid', '____system'],
      ['uuid', 'a\nb'],
      ['uuid', 'x'.repeat(257)],
      ['user_unique_id', 'x'.repeat(257)],
      ['uuid', {}],
      ['user_name', ['a']],
      ['user_name', 'x'.repeat(10_000)],
      ['is_guest', 'perhaps'],
      ['image_url', 5],
    ] as const) {
      const [status, message] = (await initiate(server.kettle, { [name]: value })).error;
      expect([status, message]).toEqual([400, expect.stringContaining(name)]);
    }
  });

  test('OP-9, KT-14: keys and tokens are not logged', async () => {
    await using server = await startKettle();
    const member = await server.login('somebody-special');
    await member.rooms();
    await server.kettle
      .with({ authorization: 'Bearer wrong-token' })
      .get('/chatroom/sync', 'tag=private-tag');
    const logs = server.logs.join('\n');
    for (const secret of [
      KETTLE_API_KEY,
      member.accessToken,
      member.refreshToken,
      'wrong-token',
      'private-tag',
      'special',
    ]) {
      expect(logs).not.toContain(secret);
    }
  });
});

describe('tokens', () => {
  test('KT-27: GET /sdk/initiate says whose the token is; a body with it does not matter', async () => {
    await using server = await startKettle();
    const ann = await server.login('ann');
    const session = (await ann.get('/sdk/initiate')).data<LoginData & Json>();
    expect(session.user).toMatchObject({ id: ann.id, uuid: 'ann' });
    expect(session).toMatchObject({ community: { id: 1 }, app_access: true, community_settings: [] });
    const body = JSON.stringify({ access_token: ann.accessToken, refresh_token: ann.refreshToken });
    const lines = [
      'GET /sdk/initiate HTTP/1.1',
      'Host: test',
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      `Authorization: Bearer ${ann.accessToken}`,
    ];
    const raw = parseReply(await exchange(server.port, [...lines, '', body].join('\r\n')));
    expect([raw.status, (raw.json as { data: unknown }).data]).toEqual([200, session]);
  });

  test('KT-27, KT-28: the Authorization header with and without Bearer', async () => {
    await using server = await startKettle();
    const ann = await server.login('ann');
    for (const authorization of [`Bearer ${ann.accessToken}`, ann.accessToken, `bearer ${ann.accessToken}`]) {
      const client = server.kettle.with({ authorization });
      expect((await client.get('/sdk/initiate')).status).toBe(200);
      expect((await client.get('/chatroom/sync')).status).toBe(200);
    }
    for (const token of [ann.refreshToken, `Bearer ${ann.refreshToken}`]) {
      expect((await refresh(server.kettle, token)).status).toBe(200);
    }
  });

  test('KT-28: refreshing with what each SDK sends; the refresh token stays the same', async () => {
    await using server = await startKettle();
    const ann = await server.login('ann');
    for (const [token, body] of [
      [`Bearer ${ann.refreshToken}`, {}],
      [ann.refreshToken, undefined],
      [`Bearer ${ann.refreshToken}`, { token_expiry_beta: 5 }],
    ] as const) {
      const data = (await refresh(server.kettle, token, body)).data<LoginData>();
      expect(Object.keys(data).toSorted()).toEqual(['access_token', 'refresh_token']);
      expect(data.refresh_token).toBe(ann.refreshToken);
      const client = server.kettle.with({ authorization: `Bearer ${data.access_token}` });
      expect((await client.get('/sdk/initiate')).data<LoginData>().user.id).toBe(ann.id);
    }
  });

  test('KT-27, KT-28: one kind of token is not taken for the other', async () => {
    await using server = await startKettle();
    const ann = await server.login('ann');
    for (const path of ['/chatroom/sync', '/conversation/sync?chatroom_id=1', '/sdk/initiate']) {
      const client = server.kettle.with({ authorization: `Bearer ${ann.refreshToken}` });
      expect((await client.get(path)).error).toEqual(NOT_AN_ACCESS_TOKEN);
    }
    expect((await refresh(server.kettle, `Bearer ${ann.accessToken}`)).error).toEqual(NOT_A_REFRESH_TOKEN);
  });

  test('KT-27, KT-28: a token that is missing, wrong, foreign, expired or of nobody is a 401, on every route', async () => {
    await using server = await startKettle();
    await server.login('ann');
    const past = Math.floor(Date.now() / 1000) - 1;
    const badTokens = [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      'nonsense',
      'a.b.c',
      signKettleToken({ sub: 'ann' }, 'another-secret-of-somebody-else-altogether'),
      signKettleToken({ sub: 'ann', exp: past, typ: 'access' }),
      signKettleToken({ sub: 'nobody', typ: 'access' }),
      signKettleToken({ sub: 'ann', community: 999, typ: 'access' }),
      signKettleToken({ sub: 'ann', typ: 'other' }),
      signKettleToken({ typ: 'access' }),
      `Bearer ${signKettleToken({ sub: 'ann', typ: 'access' })} more`,
    ];
    const headersOf = (token: string | undefined) => (token === undefined ? {} : { authorization: token });
    for (const token of badTokens) {
      const client = server.kettle.with(headersOf(token));
      expect((await client.get('/chatroom/sync', 'page=-1')).error).toEqual(NOT_AN_ACCESS_TOKEN);
      const refreshed = await client.send('POST', '/user/refresh', { body: {} });
      expect(refreshed.error).toEqual(NOT_A_REFRESH_TOKEN);
    }
    const wukong = new Set([
      '/channel',
      '/conversations',
      '/message',
      '/health',
      '/ready',
      '/openapi.json',
      '/conversation/syncByChannels',
    ]);
    const asked = server.routes.filter(({ url, method }) => {
      const isWukong = [...wukong].some((prefix) => url === prefix || url.startsWith(`${prefix}/`));
      const isOpen = url === '/user/refresh' || (url === '/sdk/initiate' && method === 'POST');
      return !isWukong && !isOpen && !(url === '/conversation/sync' && method === 'POST');
    });
    expect(asked.length).toBeGreaterThanOrEqual(19);
    for (const { method, url } of asked) {
      const reply = await server.kettle.send(String(method), url, method === 'GET' ? {} : { body: '{' });
      expect([method, url, reply.error]).toEqual([method, url, NOT_AN_ACCESS_TOKEN]);
    }
  });

  test('KT-28: an expired refresh token is not refreshed', async () => {
    await using server = await startKettle();
    await server.login('ann');
    const past = Math.floor(Date.now() / 1000) - 1;
    const expired = signKettleToken({ sub: 'ann', community: 1, typ: 'refresh', exp: past });
    expect((await refresh(server.kettle, expired)).error).toEqual(NOT_A_REFRESH_TOKEN);
  });

  test('KT-27, KT-28: access tokens last 60 minutes and refresh tokens 31 days, unless the settings say otherwise', async () => {
    const minutesOf = (token: string): number => {
      const { exp, iat } = claimsOf(token);
      return (Number(exp) - Number(iat)) / 60;
    };
    await using standard = await startKettle();
    const ann = await standard.login('ann');
    expect([minutesOf(ann.accessToken), minutesOf(ann.refreshToken)]).toEqual([60, 31 * 24 * 60]);
    await using short = await startKettle({ settings: { accessTokenMinutes: 1, refreshTokenDays: 2 } });
    const bob = await short.login('bob');
    expect([minutesOf(bob.accessToken), minutesOf(bob.refreshToken)]).toEqual([1, 2 * 24 * 60]);
  });
});
