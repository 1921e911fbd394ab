import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { TIMEOUTS, type Timeouts } from '../../../src/http/limits.js';
import { exchange, parseReply, rawPost } from '../../support/raw-http.js';
import { startServer, type ServerOptions, type TestServer } from '../../support/server.js';
import { TEST_LIMITS } from '../../support/test-limits.js';
import { group, person, SYNC } from '../../support/wukong-client.js';

const PATIENCE = { timeout: 30_000, interval: 5 };
const QUICK = { checkMs: 20 };

/** With time-outs that a test can wait for. */
function startHurried(timeouts: Partial<Timeouts>, options: ServerOptions = {}): Promise<TestServer> {
  return startServer({ ...options, limits: { ...TEST_LIMITS, timeouts: { ...TIMEOUTS, ...timeouts } } });
}

/** A connection whose client says what it is told to, and reads nothing unless it is told to. */
async function connectTo({ port }: TestServer): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

function connectionsOf({ app }: TestServer): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

test('HD-5: the server that ships has these time-outs', async () => {
  await using server = await startServer();
  const { headersTimeout, requestTimeout, timeout, keepAliveTimeout } = server.app.server;
  expect({ headersTimeout, requestTimeout, timeout, keepAliveTimeout }).toEqual({
    headersTimeout: 20_000,
    requestTimeout: 60_000,
    timeout: 90_000,
    keepAliveTimeout: 75_000,
  });
});

test('HD-5: headers that come too slowly are a 408, and so is a connection that says nothing', async () => {
  await using server = await startHurried({ ...QUICK, headersMs: 200, requestMs: 60_000 });
  for (const bytes of ['', 'POST', `POST ${SYNC} HTTP/1.1\r\nHost: x\r\nX-Slow: `]) {
    const reply = parseReply(await exchange(server.port, bytes));
    expect([bytes, reply.outcome]).toEqual([bytes, '408 REQUEST_TIMEOUT']);
    expect(reply.header('connection')).toBe('close');
  }
  expect((await server.client.get('/health')).status).toBe(200);
});

test('HD-5: one byte now and then does not help', async () => {
  await using server = await startHurried({ ...QUICK, headersMs: 300 });
  const socket = await connectTo(server);
  const dripping = setInterval(() => socket.writable && socket.write('x'), 10);
  socket.write('GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  clearInterval(dripping);
  expect(parseReply(answer.toString()).outcome).toBe('408 REQUEST_TIMEOUT');
  if (!socket.destroyed) await once(socket, 'close');
});

test('HD-5: a body that comes too slowly is a 408, and nothing of it is done', async () => {
  await using server = await startHurried({ ...QUICK, headersMs: 200, requestMs: 300 });
  const whole = rawPost(
    '/message/send',
    JSON.stringify({ from_uid: 'ann', ...person('bob'), payload: 'aGk=' }),
  );
  const reply = parseReply(await exchange(server.port, whole.slice(0, -1)));
  expect(reply.outcome).toBe('408 REQUEST_TIMEOUT');
  expect(await server.client.list('bob')).toEqual([]);
});

test('HD-5: how long an answer takes does not count', async () => {
  let isAsked = false;
  let answer = (): void => undefined;
  const held = new Promise<never[]>((resolve) => (answer = () => resolve([])));
  const findConversations = (): Promise<never[]> => {
    isAsked = true;
    return held;
  };
  await using server = await startHurried(
    { ...QUICK, headersMs: 50, requestMs: 50 },
    { override: { findConversations } },
  );
  const reply = server.client.post('/conversation/syncByChannels', { uid: 'bob', channels: [] });
  await vi.waitUntil(() => isAsked, PATIENCE);
  // A connection that says nothing has been looked at and closed meanwhile, so this one has been looked at too.
  expect(parseReply(await exchange(server.port, '')).outcome).toBe('408 REQUEST_TIMEOUT');
  answer();
  expect((await reply).status).toBe(200);
});

test('HD-5: a connection between two requests is closed after its time', async () => {
  await using server = await startHurried({ keepAliveMs: 100 });
  const text = await exchange(server.port, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(parseReply(text).status).toBe(200);
  expect(await connectionsOf(server)).toBe(0);
});

test('HD-5: a client that does not read its answer is let go', async () => {
  await using server = await startHurried({ idleMs: 1500 });
  const payload = Buffer.alloc(60_000, 7).toString('base64');
  const sends = Array.from({ length: 100 }, () => ({ from_uid: 'ann', ...group('g'), payload }));
  for (const send of sends) (await server.client.post('/message/send', send)).ok();
  const read = { login_uid: 'ann', ...group('g'), limit: 100 };
  const whole = await server.client.post('/channel/messagesync', read);
  expect(whole.text.length).toBeGreaterThan(8_000_000);

  const accepted = once(server.app.server, 'connection') as Promise<[Socket]>;
  const socket = await connectTo(server);
  const [served] = await accepted;
  socket.pause();
  const request = rawPost('/channel/messagesync', JSON.stringify(read)).replace('Connection: close\r\n', '');
  // So much that it is more than the kernel keeps for the two of them.
  socket.write(request.repeat(5));
  await vi.waitUntil(() => served.destroyed, PATIENCE);
  expect(served.bytesWritten).toBeGreaterThan(0);
  socket.destroy();
  expect((await server.client.get('/health')).status).toBe(200);
});

test('HD-6: a URL and headers of 16 KiB are read, longer ones are a 431', async () => {
  await using server = await startServer();
  const ask = async (url: string, header: string): Promise<string> => {
    const head = `GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: ${header}\r\n\r\n`;
    return parseReply(await exchange(server.port, head)).outcome;
  };
  const long = 'x'.repeat(16_000);
  const longer = 'x'.repeat(16_400);
  expect(await ask('/health', long)).toBe('200');
  expect(await ask(`/health?${long}`, '')).toBe('200');
  expect(await ask('/health', longer)).toBe('431 HEADERS_TOO_LARGE');
  expect(await ask(`/health?${longer}`, '')).toBe('431 HEADERS_TOO_LARGE');
  expect(await ask(`/${long}`, '')).toBe('404 NOT_FOUND');
  const many = Array.from({ length: 5000 }, (_, index) => `${index}: x\r\n`).join('');
  const reply = parseReply(await exchange(server.port, `GET /health HTTP/1.1\r\nHost: x\r\n${many}\r\n`));
  expect(reply.outcome).toBe('431 HEADERS_TOO_LARGE');
});

test('HD-6: connections beyond the most are closed, and those that are there go on', async () => {
  await using server = await startServer({ limits: { ...TEST_LIMITS, maxConnections: 3 } });
  const sockets = [await connectTo(server), await connectTo(server), await connectTo(server)];
  expect(await exchange(server.port, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
  const [first] = sockets;
  first?.write('GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const [answer] = (await once(first as Socket, 'data')) as [Buffer];
  expect(parseReply(answer.toString()).status).toBe(200);
  await vi.waitUntil(async () => (await connectionsOf(server)) === 2, PATIENCE);
  expect((await server.client.get('/health')).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});
