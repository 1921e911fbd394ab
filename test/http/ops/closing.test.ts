import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { startServer } from '../../support/server.js';

const REQUEST = 'GET /health HTTP/1.1\r\nHost: test\r\n\r\n';

/** Resolves once this machine has taken all the bytes, so that only the server has to read them. */
function write(socket: Socket, bytes: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Each status line that comes until the connection ends. */
async function answersOf(socket: Socket): Promise<string[]> {
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += String(chunk);
  return text.match(/HTTP\/1\.1 \d+/g) ?? [];
}

test('OP-2: requests that have arrived, and were not yet read, are answered', async () => {
  await using server = await startServer();
  const sockets = Array.from({ length: 50 }, () => connect(server.port, '127.0.0.1'));
  const answers = sockets.map(answersOf);
  await Promise.all(sockets.map((socket) => write(socket, REQUEST)));
  await server.app.close();
  expect(await Promise.all(answers)).toEqual(sockets.map(() => ['HTTP/1.1 200']));
});

test('OP-2: so are those on connections that were answered before', async () => {
  await using server = await startServer();
  const sockets = Array.from({ length: 50 }, () => connect(server.port, '127.0.0.1'));
  await Promise.all(
    sockets.map(async (socket) => {
      await write(socket, REQUEST);
      await once(socket, 'readable');
    }),
  );
  const answers = sockets.map(answersOf);
  await Promise.all(sockets.map((socket) => write(socket, REQUEST)));
  await server.app.close();
  expect(await Promise.all(answers)).toEqual(sockets.map(() => ['HTTP/1.1 200', 'HTTP/1.1 200']));
});
