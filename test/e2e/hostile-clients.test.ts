import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { rawPost } from '../support/raw-http.js';
import { startCli } from '../support/tidemark-process.js';
import { person, SEND, SYNC, WukongClient } from '../support/wukong-client.js';

const GET = 'GET /health HTTP/1.1\r\nHost: x\r\n';
const POST = `POST ${SYNC} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
const SENT = rawPost(SEND, JSON.stringify({ from_uid: 'ann', ...person('bob'), payload: 'aGk=' }));

const BYTES: readonly (string | Buffer)[] = [
  '',
  '\0'.repeat(1000),
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  Buffer.from('160301020001000001fc0303', 'hex'),
  'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n',
  `${GET}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n\r\n`,
  `${POST}Expect: 100-continue\r\nContent-Length: 13\r\n\r\n`,
  `${POST}Expect: the-unexpected\r\nContent-Length: 13\r\n\r\n{"uid":"bob"}`,
  `${POST}Content-Length: 1000000\r\n\r\n{"uid"`,
  `${POST}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{`,
  `${POST}Transfer-Encoding: chunked\r\n\r\n5;${'x'.repeat(20_000)}\r\n`,
  `${POST}Transfer-Encoding: chunked\r\nTrailer: x\r\n\r\n2\r\n{}\r\n0\r\n${'x: y\r\n'.repeat(5000)}`,
  `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  `${POST}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`,
  `${GET}\r\n`.repeat(500),
  `${GET}\r\n${SENT}this is not HTTP\r\n\r\n`,
  `${POST}Content-Length: 40000\r\n\r\n${'['.repeat(40_000)}`,
  `OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET /health HTTP/1.0\r\n\r\n`,
  `GET /health HTTP/1.1\r\n\r\n`,
  SENT.slice(0, -1),
];

/** The ways to leave, at once or as soon as there is an answer. */
const WAYS: readonly ((socket: Socket) => Promise<void> | void)[] = [
  (socket) => void socket.resetAndDestroy(),
  (socket) => void socket.destroy(),
  async (socket) => {
    socket.end();
    await once(socket, 'close');
  },
  async (socket) => {
    const answered = once(socket, 'data').catch(() => undefined);
    socket.end();
    await Promise.race([answered, once(socket, 'close')]);
    socket.resetAndDestroy();
  },
];

async function attack(port: number, bytes: string | Buffer, leave: (typeof WAYS)[number]): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect');
  await new Promise((resolve) => socket.write(bytes, resolve));
  await leave(socket);
}

test('HD-12: whatever clients send, and however they leave, the server goes on and its log has no fatal line', async () => {
  await using server = await startCli(['--db', 'memory:']);
  const port = Number(new URL(server.url).port);
  for (const leave of WAYS) await Promise.all(BYTES.map((bytes) => attack(port, bytes, leave)));
  const client = new WukongClient(server.url);
  await client.say('ann', person('carol'), 'still here');
  expect(await client.find('carol', person('ann'))).toMatchObject({ unread: 1 });
  const lines = server.output().trim().split('\n');
  const levels = lines.map((line) => (JSON.parse(line) as { level: number }).level);
  expect(Math.max(...levels)).toBeLessThan(50);
});
