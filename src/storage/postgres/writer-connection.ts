import { Client } from 'pg';
import { AppError } from '../../domain/errors.js';
import { BackOff } from './back-off.js';
import { connectionOptions } from './connection-options.js';
import { hangUp } from './hang-up.js';
import { requirePrimary } from './require-primary.js';

/**
 * Never less than the disk's word for what is acknowledged, whatever the server's default; more (a replica's) stays.
 */
const WAIT_FOR_DISK =
  "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/**
 * The one connection on which this process writes. It is opened when it is needed. Once that has failed, writes
 * fail at once until it is time for the next attempt: nobody waits for a server that is away.
 */
export class WriterConnection {
  readonly #url: string;
  readonly #backOff = new BackOff();
  #client: Client | undefined;
  #nextAttemptMs = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Of the server's process at the other end, by which notifications tell who has sent them. */
  get processId(): number | undefined {
    // @ts-expect-error The driver has it, its types have not.
    return this.#client?.processID as number | undefined;
  }

  /** @throws what connecting has thrown, or UNAVAILABLE before it is time for the next attempt */
  async get(): Promise<Client> {
    if (this.#client) return this.#client;
    const waitMs = this.#nextAttemptMs - performance.now();
    if (waitMs > 0) {
      throw new AppError('UNAVAILABLE', 'the database is away', {
        retryAfterSeconds: Math.ceil(waitMs / 1000),
      });
    }
    const client = new Client(connectionOptions(this.#url));
    client.on('error', () => this.drop(client));
    try {
      await client.connect();
      await Promise.all([requirePrimary(client), client.query(WAIT_FOR_DISK)]);
    } catch (error) {
      this.#nextAttemptMs = performance.now() + this.#backOff.nextMs();
      void hangUp(client);
      throw error;
    }
    this.#backOff.reset();
    this.#client = client;
    return client;
  }

  /** Lets go of a connection that is lost, or of which nobody knows where it stands. */
  drop(client: Client): void {
    if (this.#client === client) this.#client = undefined;
    void hangUp(client);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client) await hangUp(client);
  }
}
