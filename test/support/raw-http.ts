import { once } from 'node:events';
import { connect } from 'node:net';
import { Reply } from './wukong-client.js';

/**
 * Writes bytes to a server as they are, and returns everything that it answers until it closes the
 * connection. With `hangUp`, the client closes its side after the last byte.
 */
export async function exchange(
  port: number,
  bytes: string | Uint8Array,
  { hangUp = false }: { readonly hangUp?: boolean } = {},
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A server that refuses in the middle of a request may reset the connection; what it said before counts.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  if (hangUp) socket.end(bytes);
  else socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}

/** The first of the answers in what a server wrote. */
export function parseReply(text: string): Reply {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const [name = '', ...value] = line.split(': ');
      return [name, value.join(': ')];
    }),
  );
  const body = rest.join('\r\n\r\n');
  const length = Number(headers.get('content-length') ?? body.length);
  return new Reply(Number(statusLine.split(' ')[1]), headers, body.slice(0, length));
}

/** A request with a JSON body, after which the server closes the connection. */
export function rawPost(path: string, body: string, headers: readonly string[] = []): string {
  const length = Buffer.byteLength(body);
  return [
    `POST ${path} HTTP/1.1`,
    'Host: test',
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${length}`,
    ...headers,
    '',
    body,
  ].join('\r\n');
}

/** A request without a body, whose URL goes as it is. */
export async function rawRequest(port: number, method: string, url: string): Promise<Reply> {
  const request = `${method} ${url} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`;
  return parseReply(await exchange(port, request));
}
