import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { startServer, type TestServer } from '../../support/server.js';
import { group } from '../../support/wukong-client.js';

interface RawReply {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Without what fetch adds and undoes. */
function sync({ port }: TestServer, body: object, acceptEncoding?: string): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      ...(acceptEncoding !== undefined && { 'accept-encoding': acceptEncoding }),
    };
    const options = { port, host: '127.0.0.1', path: '/conversation/sync', method: 'POST', headers };
    const sent = request(options, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => resolve({ headers: reply.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}

/** A user with a list of about 300 bytes for each conversation. */
async function startWithConversations(count: number): Promise<TestServer> {
  const server = await startServer();
  for (let index = 0; index < count; index += 1) {
    await server.client.say('ann', group(`group-${index}`), `text ${index} 🐟`);
  }
  return server;
}

test.each([
  ['br', 'br, gzip', brotliDecompressSync],
  ['br', 'gzip, deflate, br', brotliDecompressSync],
  ['gzip', 'gzip', gunzipSync],
  ['gzip', 'gzip;q=1.0, deflate;q=0.5', gunzipSync],
])(
  'OP-14: a list is sent as %s to a client that accepts %s, and is the same',
  async (encoding, accepted, unpack) => {
    for (const count of [10, 100]) {
      await using server = await startWithConversations(count);
      const body = { uid: 'ann', msg_count: 1 };
      const plain = await sync(server, body);
      const packed = await sync(server, body, accepted);
      expect([plain.headers['content-encoding'], packed.headers['content-encoding']]).toEqual([
        undefined,
        encoding,
      ]);
      expect(packed.headers['vary']).toContain('accept-encoding');
      expect(packed.headers['x-sync-version']).toBe(plain.headers['x-sync-version']);
      expect(packed.body.length).toBeLessThan(plain.body.length / 3);
      expect(unpack(packed.body).toString()).toBe(plain.body.toString());
    }
  },
);

test('OP-14: an answer of a few bytes is not compressed, nor one for a client that does not ask for it', async () => {
  await using server = await startWithConversations(20);
  const small = await sync(server, { uid: 'nobody' }, 'br, gzip');
  expect([small.headers['content-encoding'], small.body.toString()]).toEqual([undefined, '[]']);
  const refused = await sync(server, { uid: 'ann' }, 'identity');
  expect(refused.headers['content-encoding']).toBeUndefined();
  expect(Number(refused.headers['content-length'])).toBe(refused.body.length);
});
