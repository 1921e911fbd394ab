import {
  type ClientConfig,
  Pool,
  type PoolClient,
  type QueryArrayConfig,
  type QueryConfig,
  type QueryResult,
} from 'pg';
import type { Queryable } from './statements.js';
import { FAREWELL_MS } from './time-outs.js';

export interface ReadingOptions {
  readonly config: ClientConfig;
  readonly maxConnections: number;
  /** Looks at each connection before it is used for the first time. One for which this throws is not. */
  readonly check?: (client: PoolClient) => Promise<void>;
}

/** The connections that reads share, opened as they are needed. */
export class ReadingConnections implements Queryable {
  readonly #pool: Pool;
  readonly #open = new Set<PoolClient>();
  #whenEmpty: () => void = () => undefined;

  constructor({ config, maxConnections, check = async () => undefined }: ReadingOptions) {
    const verify = async (client: PoolClient, done: (failure?: Error) => void): Promise<void> =>
      done(await failureOf(check(client)));
    this.#pool = new Pool({
      ...config,
      max: maxConnections,
      verify: (client, done) => void verify(client, done),
    });
    // Those that are lost while nobody uses them are not used again.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => {
      this.#open.add(client);
      // Those that are lost while somebody uses them fail what he asks.
      client.on('error', () => undefined);
    });
    this.#pool.on('remove', (client) => {
      this.#open.delete(client);
      if (this.#open.size === 0) this.#whenEmpty();
    });
  }

  query(query: QueryConfig | QueryArrayConfig): Promise<QueryResult> {
    return this.#pool.query(query);
  }

  /** One of them, for whoever asks several things of it. */
  connect(): Promise<PoolClient> {
    return this.#pool.connect();
  }

  /** Lets those who use one finish, but does not wait long for a server that no longer answers. */
  async end(): Promise<void> {
    const timer = setTimeout(() => {
      for (const client of this.#open) client.connection.stream.destroy();
    }, FAREWELL_MS);
    await this.#pool.end();
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    clearTimeout(timer);
  }
}

function failureOf(check: Promise<void>): Promise<Error | undefined> {
  return check.then(
    () => undefined,
    (error: Error) => error,
  );
}
