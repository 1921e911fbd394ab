import { describe, expect, test, vi } from 'vitest';
import { AppError } from '../../../src/domain/errors.js';
import { exchange, rawPost } from '../../support/raw-http.js';
import {
  ADMIN_KEY,
  JWT_SECRET,
  signToken,
  startServer,
  type LogLine,
  type TestServer,
} from '../../support/server.js';
import { storeKinds } from '../../support/stores.js';
import { group, payloadOf, person, SEND, SYNC } from '../../support/wukong-client.js';

const PATIENCE = { timeout: 10_000, interval: 5 };

/** The lines of requests, once there are so many. */
async function waitForLines(server: TestServer, count: number): Promise<LogLine[]> {
  const lines = (): LogLine[] => server.logs().filter(({ msg }) => msg === 'request');
  await vi.waitUntil(() => lines().length >= count, PATIENCE);
  return lines();
}

test.each(storeKinds)(
  'OP-1: health and readiness on the store in $name, whatever credentials are asked for',
  async (kind) => {
    for (const auth of ['open', 'required'] as const) {
      await using server = await startServer({ kind, auth });
      for (const path of ['/health', '/ready']) {
        const reply = await server.client.get(path);
        expect([reply.status, reply.text]).toEqual([200, '{"status":"ok"}']);
        expect((await server.client.request('HEAD', path)).status).toBe(200);
      }
    }
  },
);

test('OP-1: while the store does not answer, ready is a 503 and health is not', async () => {
  let isDown = true;
  const ping = async (): Promise<void> => {
    if (isDown) throw new AppError('UNAVAILABLE', 'the database cannot serve this right now');
  };
  await using server = await startServer({ override: { ping } });
  const ready = await server.client.get('/ready');
  expect([ready.status, ready.text]).toEqual([503, '{"status":"unavailable"}']);
  expect((await server.client.get('/health')).status).toBe(200);
  isDown = false;
  expect((await server.client.get('/ready')).status).toBe(200);
});

describe('the log', () => {
  test('OP-9: one line for each request, with method, route, status and duration, and nothing else', async () => {
    await using server = await startServer();
    const { client, port } = server;
    const withBadKey = client.with({ 'x-api-key': 'wrong' });
    const requests: [() => Promise<unknown>, string, string, number][] = [
      [() => client.sync({ uid: 'bob' }), 'POST', SYNC, 200],
      [() => client.sync({ uid: '' }), 'POST', SYNC, 400],
      [() => client.post(SYNC, '{'), 'POST', SYNC, 400],
      [() => withBadKey.sync({ uid: 'bob' }), 'POST', SYNC, 401],
      [() => client.get('/channel/max_message_seq', group('g')), 'GET', '/channel/max_message_seq', 200],
      [() => client.get('/health'), 'GET', '/health', 200],
      [() => client.get('/nowhere'), 'GET', '(none)', 404],
      [() => client.request('DELETE', SYNC), 'DELETE', '(none)', 405],
      [() => client.get('/%zz'), 'GET', '(none)', 400],
      [() => client.post(SYNC, 'x'.repeat(1024 * 1024 + 1)), 'POST', SYNC, 413],
      [
        () => exchange(port, rawPost(SYNC, '{"uid":"bob"}').slice(0, -3), { hangUp: true }),
        'POST',
        SYNC,
        499,
      ],
    ];
    for (const [index, [send, method, route, status]] of requests.entries()) {
      await send();
      const lines = await waitForLines(server, index + 1);
      expect(lines).toHaveLength(index + 1);
      const { level, time, pid, hostname, reqId, ...line } = lines.at(-1) ?? {};
      expect([typeof level, typeof time, typeof pid, typeof hostname, typeof reqId]).toEqual([
        'number',
        'number',
        'number',
        'string',
        'string',
      ]);
      expect(line).toEqual({
        method,
        route,
        status: line['status'],
        durationMs: expect.any(Number),
        msg: 'request',
      });
      expect([route, line['status']]).toEqual([route, status]);
      expect(line['durationMs']).toBeGreaterThanOrEqual(0);
    }
    expect(server.logs().filter(({ msg, reqId }) => msg !== 'request' && reqId !== undefined)).toEqual([]);
  });

  test('OP-9: a request whose client leaves before the answer has its line too', async () => {
    let isAsked = false;
    let answer: () => void = () => undefined;
    const held = new Promise<never[]>((resolve) => (answer = () => resolve([])));
    const findConversations = (): Promise<never[]> => {
      isAsked = true;
      return held;
    };
    await using server = await startServer({ override: { findConversations } });
    const leave = new AbortController();
    const body = JSON.stringify({ uid: 'bob', channels: [] });
    const headers = { 'content-type': 'application/json' };
    const reply = server.client.request('POST', '/conversation/syncByChannels', {
      body,
      headers,
      signal: leave.signal,
    });
    await vi.waitUntil(() => isAsked, PATIENCE);
    leave.abort();
    await expect(reply).rejects.toThrow('aborted');
    expect(await waitForLines(server, 1)).toMatchObject([
      { route: '/conversation/syncByChannels', status: 499 },
    ]);
    answer();
    await server.client.get('/health');
    expect(await waitForLines(server, 2)).toHaveLength(2);
  });

  test('OP-9, CF-3: no payload, no token, no key, no uid is in it, whatever happens', async () => {
    const broken = async (): Promise<never> => {
      throw new AppError('UNAVAILABLE', 'the database cannot serve this right now');
    };
    await using server = await startServer({ auth: 'required', override: { markRead: broken } });
    const uid = 'uid-of-somebody';
    const peer = 'peer-of-somebody';
    const token = signToken({ sub: uid });
    const user = server.client.with({ authorization: `Bearer ${token}` });
    const channel = group('channel-of-somebody');
    const payload = payloadOf('the text of a message');

    await server.admin.makeGroup(channel, [uid, peer]);
    await server.client.with({ token: ADMIN_KEY }).sync({ uid });
    await user.post(SEND, { from_uid: uid, ...channel, payload, client_msg_no: 'no-of-somebody' });
    await user.post(SEND, {
      from_uid: uid,
      ...channel,
      payload: 'cGF5bG9hZA==',
      client_msg_no: 'no-of-somebody',
    });
    await user.sync({ uid, msg_count: 5, last_msg_seqs: `${peer}:1:0` });
    await user.sync({ uid: peer });
    await user.post('/conversations/clearUnread', { uid, ...channel });
    await user.post('/channel', { ...channel, subscribers: [peer] });
    await server.client.with({ 'x-api-key': 'key-of-somebody' }).sync({ uid });
    await server.client.with({ authorization: 'Bearer token-of-somebody' }).sync({ uid });
    await user.get('/channel/max_message_seq', { ...person(peer), login_uid: uid });
    await user.get(`/${uid}?uid=${uid}`);
    await user.get(`/%zz${uid}`);
    await user.post(SEND, `{"from_uid":"${uid}"`);
    await user.post(SEND, { from_uid: uid, ...channel, payload: 'not base64 of-somebody' });

    await waitForLines(server, 15);
    const text = JSON.stringify(server.logs());
    expect(text).toContain('/message/send');
    const secrets = [
      'of-somebody',
      'text of a message',
      ADMIN_KEY,
      JWT_SECRET,
      payload,
      'cGF5bG9hZA',
      ...token.split('.'),
    ];
    for (const secret of secrets) expect(text).not.toContain(secret);
  });
});
