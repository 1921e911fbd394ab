import { randomUUID } from 'node:crypto';
import { type Agent, type IncomingMessage, request as openRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { NEW_ID, type Request } from './request.js';

export interface Exchange {
  /** Resolves when the request has left. */
  readonly sent: Promise<void>;
  /** Rejects when the reply is not a success. */
  readonly answered: Promise<Reply>;
}

export interface Reply {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** One request over a connection of the agent, for those generators that time each one by itself. */
export function exchange(agent: Agent, url: string, { method, path, headers, body }: Request): Exchange {
  const content = body?.replaceAll(NEW_ID, randomUUID());
  const length = content === undefined ? {} : { 'content-length': Buffer.byteLength(content) };
  const outgoing = openRequest(url + path, { agent, method, headers: { ...headers, ...length } });
  const answered = new Promise<Reply>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => resolve(read(incoming)));
  });
  const sent = new Promise<void>((resolve) => void outgoing.once('finish', resolve));
  outgoing.end(content);
  return { sent, answered };
}

async function read(incoming: IncomingMessage): Promise<Reply> {
  const body = await text(incoming);
  if (incoming.statusCode !== 200) throw new Error(`answered with ${incoming.statusCode}: ${body}`);
  return { headers: incoming.headers, body };
}
