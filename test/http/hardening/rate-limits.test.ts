import { afterEach, expect, test, vi } from 'vitest';
import { ADMIN_KEY, startServer, type ServerOptions, type TestServer } from '../../support/server.js';
import { KETTLE_ADMIN_KEY, KETTLE_API_KEY, startKettle } from '../../support/kettle-server.js';
import { TEST_LIMITS } from '../../support/test-limits.js';
import { payloadOf, person, SEND, SYNC, type Reply, type WukongClient } from '../../support/wukong-client.js';

const MINUTE_MS = 60_000;
const PROXY = { ...TEST_LIMITS, trustedProxies: ['127.0.0.1'] };

afterEach(() => void vi.useRealTimers());

/** Tests connect from a loopback address, which is not limited; a proxy there says who is behind it. */
function startLimited(
  rates: { perUser?: number; perAddress?: number },
  options: Omit<ServerOptions, 'limits'> = {},
): Promise<TestServer> {
  const limits = { ...PROXY, rates: { perUser: 0, perAddress: 0, ...rates } };
  return startServer({ auth: 'required', limits, ...options });
}

function from(client: WukongClient, address: string): WukongClient {
  return client.with({ ...client.headers, 'x-forwarded-for': address });
}

async function outcomes(count: number, ask: () => Promise<Reply>): Promise<string[]> {
  const replies: string[] = [];
  for (let index = 0; index < count; index += 1) replies.push((await ask()).outcome);
  return replies;
}

function limitHeaders(reply: Pick<Reply, 'header'>): (string | null)[] {
  return ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after'].map((name) =>
    reply.header(name),
  );
}

test('HD-1: a user has so many requests a minute, from whatever address, and then another minute', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await using server = await startLimited({ perUser: 3 });
  const bob = from(server.as('bob', { exp: 9_999_999_999 }), '10.1.1.1');
  const first = await bob.sync({ uid: 'bob' });
  expect([first.status, ...limitHeaders(first)]).toEqual([200, '3', '2', '60', null]);
  vi.setSystemTime(Date.now() + 20_000);
  expect((await from(bob, '10.1.1.2').sync({ uid: 'bob' })).status).toBe(200);
  // A request that is refused for another reason counts as well.
  expect((await bob.sync({ uid: 'ann' })).outcome).toBe('403 PERMISSION_DENIED uid');
  const refused = await bob.sync({ uid: 'bob' });
  expect(refused.outcome).toBe('429 RESOURCE_EXHAUSTED');
  expect(limitHeaders(refused)).toEqual(['3', '0', '40', '40']);
  expect(refused.error.msg).toBe('more than 3 requests a minute come from this user');
  expect((await from(server.as('ann'), '10.1.1.1').sync({ uid: 'ann' })).status).toBe(200);
  vi.setSystemTime(Date.now() + MINUTE_MS);
  expect((await bob.sync({ uid: 'bob' })).status).toBe(200);
});

test('HD-1: users of the same name in two communities are two users', async () => {
  await using server = await startLimited({ perUser: 2 });
  const other = await server.engine.store.createCommunity({ name: 'other' });
  const clients = [server.as('bob'), server.as('bob', { community: other })];
  for (const client of clients) {
    const bob = from(client, '10.1.1.1');
    expect(await outcomes(3, () => bob.sync({ uid: 'bob' }))).toEqual([
      '200',
      '200',
      '429 RESOURCE_EXHAUSTED',
    ]);
  }
});

test('HD-1: a user who writes and reads in both dialects has one limit, and each answers in its own words', async () => {
  const limits = { ...PROXY, rates: { perUser: 3, perAddress: 0 } };
  await using server = await startKettle({ auth: 'required', limits });
  const session = await server.login('ann');
  const behind = { 'x-forwarded-for': '10.1.1.1', authorization: session.headers['authorization'] ?? '' };
  const kettle = server.kettle.with(behind);
  const wukong = server.wukong.with(behind);
  expect((await kettle.get('/chatroom/sync')).status).toBe(200);
  expect((await wukong.sync({ uid: 'ann' })).status).toBe(200);
  expect((await kettle.get('/chatroom/sync')).status).toBe(200);
  expect((await wukong.sync({ uid: 'ann' })).outcome).toBe('429 RESOURCE_EXHAUSTED');
  const refused = await kettle.get('/chatroom/sync');
  expect(refused.status).toBe(429);
  expect(refused.json).toEqual({
    success: false,
    error_message: 'more than 3 requests a minute come from this user',
  });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('HD-2: wrong credentials cannot be tried without end, not even the right one among them', async () => {
  await using server = await startLimited({ perAddress: 3 });
  const guess = from(server.client.with({ 'x-api-key': 'a guess' }), '10.1.1.1');
  expect(await outcomes(4, () => guess.sync({ uid: 'bob' }))).toEqual([
    '401 UNAUTHENTICATED',
    '401 UNAUTHENTICATED',
    '401 UNAUTHENTICATED',
    '429 RESOURCE_EXHAUSTED',
  ]);
  const refused = await from(server.admin, '10.1.1.1').sync({ uid: 'bob' });
  expect(refused.outcome).toBe('429 RESOURCE_EXHAUSTED');
  expect(Number(refused.header('retry-after'))).toBeGreaterThan(50);
  expect(refused.error.msg).toBe('more than 3 requests a minute come from this address');
  expect((await from(server.as('bob'), '10.1.1.1').sync({ uid: 'bob' })).outcome).toBe(
    '429 RESOURCE_EXHAUSTED',
  );
  expect((await from(server.admin, '10.1.1.2').sync({ uid: 'bob' })).status).toBe(200);
});

test('HD-2: unknown routes and both ways into the Kettle dialect count', async () => {
  const limits = { ...PROXY, rates: { perUser: 0, perAddress: 4 } };
  await using server = await startKettle({ auth: 'required', limits });
  const kettle = server.kettle.with({ 'x-forwarded-for': '10.1.1.1', 'x-api-key': 'a guess' });
  const tries = [
    () => kettle.get('/no/such/route'),
    () => kettle.send('POST', '/sdk/initiate', { body: { uuid: 'ann' } }),
    () => kettle.send('POST', '/user/refresh'),
    () => kettle.get('/chatroom/sync'),
    () => kettle.send('POST', '/sdk/initiate', { headers: { 'x-api-key': KETTLE_API_KEY } }),
  ];
  const statuses: number[] = [];
  for (const attempt of tries) statuses.push((await attempt()).status);
  expect(statuses.slice(0, 1)).toEqual([404]);
  expect(statuses.slice(1, 4).every((status) => status === 400 || status === 401)).toBe(true);
  expect(statuses.at(-1)).toBe(429);
});

test('HD-2: a backend with the admin key sends as much as it likes, and counts for nobody', async () => {
  await using server = await startLimited({ perUser: 2, perAddress: 2 });
  const backends = [server.admin, server.client.with({ token: ADMIN_KEY })];
  for (const backend of backends) {
    const message = { from_uid: 'ann', ...person('bob'), payload: payloadOf('hello') };
    const replies = await outcomes(20, () => from(backend, '10.1.1.1').post(SEND, message));
    expect(new Set(replies)).toEqual(new Set(['200']));
  }
  expect((await from(server.as('bob'), '10.1.1.1').sync({ uid: 'bob' })).status).toBe(200);
});

test('HD-2: where no credential is asked for, who sends none is not counted, and who sends one is', async () => {
  await using server = await startLimited({ perAddress: 2 }, { auth: 'open' });
  const open = from(server.client, '10.1.1.1');
  expect(new Set(await outcomes(5, () => open.sync({ uid: 'bob' })))).toEqual(new Set(['200']));
  const bob = from(server.as('bob'), '10.1.1.1');
  expect(await outcomes(3, () => bob.sync({ uid: 'bob' }))).toEqual(['200', '200', '429 RESOURCE_EXHAUSTED']);
});

test('HD-2: a user token beside the admin key is a user, and counts', async () => {
  await using server = await startLimited({ perUser: 1, perAddress: 9 });
  const both = from(server.as('bob'), '10.1.1.1');
  const bob = both.with({ ...both.headers, 'x-api-key': ADMIN_KEY });
  expect(await outcomes(2, () => bob.sync({ uid: 'bob' }))).toEqual(['200', '429 RESOURCE_EXHAUSTED']);
});

test('HD-2: of IPv6, a network of 64 bits is one address', async () => {
  await using server = await startLimited({ perAddress: 2 });
  const ask = (address: string): Promise<Reply> => from(server.as('bob'), address).sync({ uid: 'bob' });
  expect((await ask('2001:db8:0:1::1')).status).toBe(200);
  expect((await ask('2001:db8:0:1:ffff::2')).status).toBe(200);
  expect((await ask('2001:db8:0:1::3')).status).toBe(429);
  expect((await ask('2001:db8:0:2::1')).status).toBe(200);
});

test('HD-2: loopback addresses, health and preflights are not limited', async () => {
  await using server = await startLimited({ perUser: 1, perAddress: 1 });
  for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) {
    const bob = from(server.as('bob'), address);
    expect(new Set(await outcomes(3, () => bob.sync({ uid: 'bob' })))).toEqual(new Set(['200']));
  }
  const far = from(server.client, '10.1.1.1');
  expect(await outcomes(2, () => far.sync({ uid: 'bob' }))).toEqual([
    '401 UNAUTHENTICATED',
    '429 RESOURCE_EXHAUSTED',
  ]);
  for (const path of ['/health', '/ready']) {
    const reply = await far.get(path);
    expect([path, reply.status, ...limitHeaders(reply)]).toEqual([path, 200, null, null, null, null]);
  }
  const headers = { origin: 'https://chat.example.org', 'access-control-request-method': 'POST' };
  expect((await far.request('OPTIONS', SYNC, { headers })).status).toBe(204);
});

test('HD-1: with 0, nobody is limited and nothing is said of it', async () => {
  await using server = await startLimited({ perUser: 0, perAddress: 0 });
  const reply = await from(server.as('bob'), '10.1.1.1').sync({ uid: 'bob' });
  expect([reply.status, ...limitHeaders(reply)]).toEqual([200, null, null, null, null]);
});

test('HD-3: who is behind a proxy is believed only of proxies that are named', async () => {
  const rates = { perUser: 0, perAddress: 1 };
  await using trusting = await startServer({
    auth: 'required',
    limits: { ...TEST_LIMITS, rates, trustedProxies: ['127.0.0.0/8', '10.0.0.1'] },
  });
  const ask = (server: TestServer, address: string): Promise<Reply> =>
    from(server.as('bob'), address).sync({ uid: 'bob' });
  // The nearest address that is no proxy counts; what stands before it, anyone may have written.
  expect((await ask(trusting, '10.9.9.9, 192.0.2.7, 10.0.0.1')).status).toBe(200);
  expect((await ask(trusting, '127.0.0.1, 192.0.2.7, 10.0.0.1')).status).toBe(429);
  expect((await ask(trusting, '192.0.2.8')).status).toBe(200);

  await using other = await startServer({
    auth: 'required',
    limits: { ...TEST_LIMITS, rates, trustedProxies: ['10.0.0.1'] },
  });
  // This test's own address, which is loopback, is what counts.
  for (let index = 0; index < 3; index += 1) expect((await ask(other, '192.0.2.7')).status).toBe(200);
});

test('HD-1: pages of other origins can read the limits', async () => {
  const limits = { ...PROXY, rates: { perUser: 1, perAddress: 0 } };
  await using server = await startKettle({ auth: 'required', limits });
  const headers = { origin: 'https://chat.example.org', 'x-api-key': KETTLE_ADMIN_KEY };
  const reply = await server.wukong.with(headers).sync({ uid: 'ann' });
  const exposed = (reply.header('access-control-expose-headers') ?? '').toLowerCase().split(', ');
  expect(exposed).toEqual(
    expect.arrayContaining(['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after']),
  );
});
