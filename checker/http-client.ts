import { Agent, request as startRequest, type IncomingMessage } from 'node:http';
import { readSlowly } from './slow-reader.js';
import { Violation } from './violation.js';

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
  /** On the checker's own clock, which never goes back. */
  readonly sentMs: number;
  readonly receivedMs: number;
  /** What was asked, for messages. */
  readonly request: unknown;
  /** Base URL of the server that has answered. */
  readonly server: string;
}

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Reads the reply a few bytes at a time. */
  readonly isSlow?: boolean;
}

/** No reply came: the server was killed, or has not been started again yet; or it refused to work for now. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

/** Longer than any pause that is made here. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 10;

export interface HttpClientOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Base URL of the server to ask next. Resolves when it may be asked. */
  route(this: void): Promise<string>;
}

/** A request that is under way to a server. */
export interface InFlight extends Request {
  readonly server: string;
}

/** Sends requests over connections that are kept, and counts what is in flight. */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #inFlight = new Map<number, InFlight>();
  #isClosed = false;
  #replies = 0;
  #refusals = 0;
  #moves = 0;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  get replies(): number {
    return this.#replies;
  }

  /** How often a server said that it cannot work now. */
  get refusals(): number {
    return this.#refusals;
  }

  /** How many requests were answered by another server than the one that was asked first. */
  get moves(): number {
    return this.#moves;
  }

  /** The requests that are not answered yet, by the time at which each was sent. */
  get inFlight(): ReadonlyMap<number, InFlight> {
    return this.#inFlight;
  }

  /** @throws Unanswered */
  async send(request: Request): Promise<Reply> {
    return this.#sendTo(await this.#options.route(), request);
  }

  async #sendTo(server: string, request: Request): Promise<Reply> {
    let sentMs = performance.now();
    while (this.#inFlight.has(sentMs)) sentMs += 1e-6;
    this.#inFlight.set(sentMs, { ...request, server });
    try {
      const { status, text, headers } = await this.#exchange(server, request);
      if (headers['retry-after'] !== undefined) {
        this.#refusals += 1;
        throw new Unanswered(`${status}, to be tried again`);
      }
      this.#replies += 1;
      return { status, text, headers, sentMs, receivedMs: performance.now(), request, server };
    } finally {
      this.#inFlight.delete(sentMs);
    }
  }

  /** Undefined when it is not answered. */
  async ask(request: Request): Promise<Reply | undefined> {
    try {
      return await this.send(request);
    } catch (error) {
      if (error instanceof Unanswered) return undefined;
      throw error;
    }
  }

  /** Repeats a request until it is answered, as clients do that want it done. */
  async insist(request: Request): Promise<Reply> {
    let first: string | undefined;
    for (;;) {
      try {
        const server = await this.#options.route();
        first ??= server;
        const reply = await this.#sendTo(server, request);
        if (server !== first) this.#moves += 1;
        return reply;
      } catch (error) {
        if (!(error instanceof Unanswered) || this.#isClosed) throw error;
        await pause(RETRY_MS);
      }
    }
  }

  /** Nobody waits for an answer any longer. */
  close(): void {
    this.#isClosed = true;
    this.#agent.destroy();
  }

  #exchange(server: string, request: Request): Promise<Pick<Reply, 'status' | 'text' | 'headers'>> {
    const { method = 'POST', path, body } = request;
    // Node leaves the length out where a body is unusual, as with DELETE.
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    const type =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(length) };
    const headers = { ...this.#options.headers, ...type, ...request.headers };
    if (request.isSlow === true) return exchangeSlowly(new URL(server + path), headers, body ?? '');
    return new Promise((resolve, reject) => {
      const outgoing = startRequest(server + path, { method, agent: this.#agent, headers });
      const timer = setTimeout(() => {
        const what = `no reply within ${PATIENCE_MS / 1000} s`;
        reject(new Violation({ law: 'answered', who: path, what, request }));
        outgoing.destroy();
      }, PATIENCE_MS);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        reject(new Unanswered(error.message));
      };
      outgoing.once('error', fail);
      outgoing.once('response', (incoming) => {
        incoming.once('error', fail);
        incoming.once('aborted', () => fail(new Error('the reply was cut off')));
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('end', () => {
          clearTimeout(timer);
          const text = Buffer.concat(chunks).toString();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
        });
      });
      outgoing.end(body);
    });
  }
}

async function exchangeSlowly(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Pick<Reply, 'status' | 'text' | 'headers'>> {
  try {
    return await readSlowly(url, headers, body);
  } catch (error) {
    throw new Unanswered(error instanceof Error ? error.message : String(error));
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
