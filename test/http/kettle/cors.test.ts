import { expect, test } from 'vitest';
import { startKettle } from '../../support/kettle-server.js';

/** Every header that a browser has to ask for, of the shipped SDKs of both dialects. */
const HEADERS = [
  'authorization',
  'content-type',
  'token',
  'x-accept-version',
  'x-api-key',
  'x-api-version',
  'x-device-id',
  'x-member-id',
  'x-password',
  'x-platform-code',
  'x-platform-type',
  'x-sdk-source',
  'x-username',
  'x-version-code',
];

test('KT-25: every route of both dialects answers a preflight', async () => {
  await using server = await startKettle({ auth: 'required' });
  const routes = server.routes.map(({ method, url }) => [String(method), url] as const);
  expect(routes.length).toBeGreaterThanOrEqual(36);
  for (const [method, url] of routes) {
    const reply = await server.kettle.send('OPTIONS', url, {
      headers: {
        origin: 'https://chat.example.org',
        'access-control-request-method': method,
        'access-control-request-headers': HEADERS.join(', '),
      },
    });
    expect([url, reply.status, reply.text]).toEqual([url, 204, '']);
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    const methods = reply.headers.get('access-control-allow-methods') ?? '';
    expect(methods.split(', ')).toContain(method);
    const allowed = (reply.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(', ');
    expect(allowed).toEqual(expect.arrayContaining(HEADERS));
  }
});

test('KT-25: answers may be read from any origin, errors too', async () => {
  await using server = await startKettle({ auth: 'required' });
  const ann = await server.login('ann');
  const origin = { origin: 'https://chat.example.org' };
  const replies = [
    await ann.with(origin).get('/chatroom/sync'),
    await ann.with(origin).get('/chatroom/sync', 'page=x'),
    await server.kettle.with(origin).get('/chatroom/sync'),
    await server.kettle.with(origin).get('/no/such/route'),
    await server.kettle.with(origin).send('POST', '/conversation/sync', { body: { uid: 'ann' } }),
    await ann.with(origin).send('POST', '/conversation/sync', { body: { uid: 'ann' } }),
    await ann.with(origin).send('POST', '/conversation', { body: '{' }),
  ];
  expect(replies.map(({ status }) => status)).toEqual([200, 400, 401, 404, 401, 200, 400]);
  for (const { headers } of replies) {
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const exposed = (headers.get('access-control-expose-headers') ?? '').toLowerCase();
    for (const name of ['x-sync-version', 'x-sync-has-more', 'x-sync-reset', 'retry-after']) {
      expect(exposed).toContain(name);
    }
  }
});
