import { expect, test, vi } from 'vitest';
import { startKettle, type KettleServer } from '../../support/kettle-server.js';
import { TEST_LIMITS } from '../../support/test-limits.js';
import { startServer } from '../../support/server.js';
import { volatileSqliteKind } from '../../support/stores.js';
import { SYNC } from '../../support/wukong-client.js';

const PATIENCE = { timeout: 30_000, interval: 10 };

const STRAINED = { ...TEST_LIMITS, pressure: { maxEventLoopDelayMs: 100, maxHeapBytes: 0 } };

/** Keeps this process, and with it the server, from doing anything else. */
function blockEventLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Blocks the event loop again and again, until the server has noticed. */
async function overload({ wukong }: KettleServer): Promise<void> {
  await vi.waitUntil(async () => {
    blockEventLoop(300);
    return (await wukong.get('/ready')).status === 503;
  }, PATIENCE);
}

test('HD-7: while the event loop cannot keep up, requests are a 503 in both dialects, and health is not', async () => {
  await using server = await startKettle({ auth: 'required', limits: STRAINED });
  const ann = await server.login('ann');
  await overload(server);
  const [health, ready, wukong, kettle, unknown] = await Promise.all([
    server.wukong.get('/health'),
    server.wukong.get('/ready'),
    // Not even who asks is looked at.
    server.wukong.sync({ uid: 'ann' }),
    ann.get('/chatroom/sync'),
    server.wukong.get('/no/such/route'),
  ]);
  expect([health.status, health.text]).toEqual([200, '{"status":"ok"}']);
  expect([ready.status, ready.text]).toEqual([503, '{"status":"unavailable"}']);
  expect(wukong.outcome).toBe('503 UNAVAILABLE');
  expect(kettle.error).toEqual([503, 'the server is overloaded']);
  expect(unknown.outcome).toBe('503 UNAVAILABLE');
  for (const { headers } of [ready, wukong, kettle, unknown]) {
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }

  await vi.waitUntil(async () => (await server.wukong.get('/ready')).status === 200, PATIENCE);
  expect((await ann.get('/chatroom/sync')).status).toBe(200);
  expect((await server.admin.sync({ uid: 'ann' })).status).toBe(200);
});

test('HD-7: that starting takes long is no load', async () => {
  await using server = await startServer({
    limits: STRAINED,
    prepare: (app) => app.addHook('onReady', async () => blockEventLoop(1500)),
  });
  // The measurement in which the start was comes to its end before or during these.
  const statuses: number[] = [];
  await vi.waitUntil(async () => {
    statuses.push(
      (await server.client.get('/ready')).status,
      (await server.client.sync({ uid: 'a' })).status,
    );
    return Number.isFinite(server.app.memoryUsage().eventLoopDelay) && server.app.memoryUsage().rssBytes > 0;
  }, PATIENCE);
  expect(new Set(statuses)).toEqual(new Set([200]));
});

test('HD-7: so they are while memory is short', async () => {
  const limits = { ...TEST_LIMITS, pressure: { maxEventLoopDelayMs: 0, maxHeapBytes: 1 } };
  await using server = await startKettle({ limits });
  await vi.waitUntil(async () => (await server.wukong.get('/ready')).status === 503, PATIENCE);
  const reply = await server.wukong.post(SYNC, { uid: 'ann' });
  expect(reply.outcome).toBe('503 UNAVAILABLE');
  expect(Number(reply.header('retry-after'))).toBeGreaterThan(0);
  expect((await server.wukong.get('/health')).status).toBe(200);
});

test('HD-7: a refusal because of load is one line in the log, that of its request', async () => {
  const limits = { ...TEST_LIMITS, pressure: { maxEventLoopDelayMs: 0, maxHeapBytes: 1 } };
  await using server = await startKettle({ limits });
  await vi.waitUntil(async () => (await server.wukong.get('/ready')).status === 503, PATIENCE);
  const before = server.logs.length;
  await server.wukong.sync({ uid: 'ann' });
  await vi.waitUntil(() => server.logs.slice(before).some((line) => line.includes(SYNC)), PATIENCE);
  const lines = server.logs.slice(before).filter((line) => !line.includes('/ready'));
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ status: 503, msg: 'request' }]);
});

test('HD-8: one request to very many users does not fill the queue of writes', async () => {
  await using server = await startServer({ kind: volatileSqliteKind });
  const subscribers = Array.from({ length: 12_000 }, (_, index) => `user-${index}`);
  const reply = await server.client.post('/message/sendbatch', {
    from_uid: 'ann',
    subscribers,
    payload: 'aGk=',
  });
  expect(reply.json).toEqual({ fail_uids: [], reason: [] });
  expect(await server.client.list('user-11999')).toMatchObject([{ channel_id: 'ann', unread: 1 }]);
});
