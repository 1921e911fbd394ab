import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request and its answer on their way through. */
export interface Exchange {
  readonly path: string;
  /** Of a request with a body in JSON. */
  body: Record<string, unknown>;
  status: number;
  readonly headers: Map<string, string>;
  text: string;
}

/** What a bad server does differently; each changes the exchange in place. */
export interface Lie {
  /** Before the request is passed on. */
  ask?(this: void, exchange: Exchange): void;
  answer?(this: void, exchange: Exchange): void;
}

export interface LyingProxy extends AsyncDisposable {
  readonly url: string;
}

/** Stands in front of a server and changes what goes through. */
export async function startLyingProxy(target: string, { ask, answer }: Lie): Promise<LyingProxy> {
  const server = createServer((incoming, outgoing) => {
    const pass = async (): Promise<void> => {
      const sent = await readAll(incoming);
      const path = incoming.url ?? '/';
      const body = sent === '' ? {} : (JSON.parse(quoteVersion(sent)) as Record<string, unknown>);
      const exchange: Exchange = { path, body, status: 0, headers: new Map(), text: '' };
      ask?.(exchange);
      const { authorization, 'x-api-key': apiKey } = incoming.headers;
      const response = await fetch(target + path, {
        method: incoming.method ?? 'GET',
        headers: {
          ...(sent !== '' && { 'content-type': 'application/json' }),
          ...(authorization !== undefined && { authorization }),
          ...(typeof apiKey === 'string' && { 'x-api-key': apiKey }),
        },
        ...(sent !== '' && { body: unquoteVersion(JSON.stringify(exchange.body)) }),
      });
      exchange.status = response.status;
      for (const name of ['x-sync-version', 'x-sync-has-more', 'x-sync-reset']) {
        const value = response.headers.get(name);
        if (value !== null) exchange.headers.set(name, value);
      }
      exchange.text = await response.text();
      answer?.(exchange);
      const length = String(Buffer.byteLength(exchange.text));
      outgoing.writeHead(exchange.status, {
        ...Object.fromEntries(exchange.headers),
        'content-length': length,
      });
      outgoing.end(exchange.text);
    };
    // Without the server behind it there is no answer.
    pass().catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** With all digits, which JSON.parse would round. */
function quoteVersion(text: string): string {
  return text.replaceAll(/"version":(\d+)/g, '"version":"$1"');
}

function unquoteVersion(text: string): string {
  return text.replaceAll(/"version":"(\d+)"/g, '"version":$1');
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The cursor of a sync; 0 for none. */
export function cursorOf({ body: { version } }: Exchange): bigint {
  return typeof version === 'string' ? BigInt(version) : 0n;
}

/** A row of a sync, with its version in digits. */
export interface ProxiedRow {
  version: string;
  channel_id: string;
  unread: number;
  timestamp: number;
  last_msg_seq: number;
  readed_to_msg_seq: number;
  limited: number;
  is_deleted?: number;
  messages: { message_seq: number; client_msg_no: string; payload: string }[];
}

/** Changes the rows of an answer. */
export function changeRows(exchange: Exchange, change: (rows: ProxiedRow[]) => ProxiedRow[]): void {
  if (exchange.path !== '/conversation/sync' || exchange.status !== 200) return;
  const rows = JSON.parse(quoteVersion(exchange.text)) as ProxiedRow[];
  exchange.text = unquoteVersion(JSON.stringify(change(rows)));
}
