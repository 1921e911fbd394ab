import { expect, test } from 'vitest';
import { exchange, parseReply, rawRequest } from '../../support/raw-http.js';
import { startKettle } from '../../support/kettle-server.js';
import { startServer } from '../../support/server.js';
import { SYNC } from '../../support/wukong-client.js';

const EXPECTED = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

function securityOf(headers: Headers): object {
  return Object.fromEntries(Object.keys(EXPECTED).map((name) => [name, headers.get(name)]));
}

test('HD-4: every answer of the WuKongIM dialect has the headers, whatever it is', async () => {
  const broken = async (): Promise<never> => {
    throw new Error('broken');
  };
  await using server = await startServer({ override: { findConversations: broken } });
  const { client, port } = server;
  const replies = [
    await client.sync({ uid: 'bob' }),
    await client.get('/health'),
    await client.get('/ready'),
    await client.sync({ uid: '' }),
    await client.post(SYNC, '{'),
    await client.with({ 'x-api-key': 'wrong' }).sync({ uid: 'bob' }),
    await client.get('/no/such/route'),
    await client.request('DELETE', SYNC),
    await client.post(SYNC, 'x'.repeat(1024 * 1024 + 1)),
    await client.request('POST', SYNC, { body: 'x' }),
    await client.post('/conversation/syncByChannels', { uid: 'bob', channels: [] }),
    await rawRequest(port, 'GET', '/%zz'),
    parseReply(await exchange(port, 'this is not HTTP\r\n\r\n')),
    parseReply(await exchange(port, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)),
  ];
  const statuses = replies.map(({ status }) => status);
  expect(statuses).toEqual([200, 200, 200, 400, 400, 401, 404, 405, 413, 415, 500, 400, 400, 431]);
  for (const { status, headers } of replies) {
    expect([status, securityOf(headers)]).toEqual([status, EXPECTED]);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    // Over plain HTTP, browsers ignore it.
    expect(headers.get('strict-transport-security')).toBeNull();
  }
});

test('HD-4: so has every answer of the Kettle dialect, and a preflight', async () => {
  await using server = await startKettle({ auth: 'required' });
  const ann = await server.login('ann');
  const preflight = { origin: 'https://chat.example.org', 'access-control-request-method': 'GET' };
  const replies = [
    await ann.get('/chatroom/sync'),
    await ann.get('/chatroom/sync', 'page=x'),
    await server.kettle.get('/chatroom/sync'),
    await ann.with({ 'x-sdk-source': 'chat' }).get('/no/such/route'),
    await server.kettle.send('OPTIONS', '/chatroom/sync', { headers: preflight }),
  ];
  expect(replies.map(({ status }) => status)).toEqual([200, 400, 401, 404, 204]);
  for (const { headers } of replies) expect(securityOf(headers)).toEqual(EXPECTED);
});
