import { Client, type Notification } from 'pg';
import { NO_VERSION, type Version } from '../../domain/version.js';
import type { ChangeListener as Announce } from '../../ports/change.js';
import { BackOff } from './back-off.js';
import { plainOptions } from './connection-options.js';
import { NOTIFICATION_CHANNEL, parseNotification } from './notifications.js';

export interface ChangeListenerOptions {
  readonly url: string;
  readonly announce: Announce;
  /** Of the server's process that this process writes through: what it commits is announced already. */
  readonly ownProcessId: () => number | undefined;
}

/** By which an operator, and a copy, knows its sessions in pg_stat_activity. */
export const LISTENER_NAME = 'tidemark listener';

/**
 * Hears what other processes commit, on a connection of its own.
 *
 * When that is lost, it connects again, waiting longer after each attempt that fails. What was committed in between is
 * not told later; so everybody who waits then looks again, in every community.
 */
export class ChangeListener {
  readonly #options: ChangeListenerOptions;
  readonly #backOff = new BackOff();
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isCurrent = false;
  #isClosed = false;

  private constructor(options: ChangeListenerOptions) {
    this.#options = options;
  }

  /** @throws what connecting has thrown: only later losses are waited out */
  static async start(options: ChangeListenerOptions): Promise<ChangeListener> {
    const listener = new ChangeListener(options);
    await listener.#connect();
    listener.#isCurrent = true;
    return listener;
  }

  /** Whether all that was committed is announced as soon as the network brings it: false while it is cut off. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#client?.end();
  }

  async #connect(): Promise<Client> {
    const client = new Client({ ...plainOptions(this.#options.url), application_name: LISTENER_NAME });
    client.on('error', () => undefined);
    client.on('notification', (notification) => this.#hear(notification));
    client.once('end', () => {
      if (this.#client === client) this.#connectLater();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${NOTIFICATION_CHANNEL}`);
      this.#client = client;
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  #connectLater(): void {
    this.#isCurrent = false;
    this.#client = undefined;
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#reconnect(), this.#backOff.nextMs());
  }

  async #reconnect(): Promise<void> {
    let client: Client | undefined;
    try {
      client = await this.#connect();
      await this.#announceAll(client);
      this.#isCurrent = true;
      this.#backOff.reset();
    } catch {
      // The end of a connection leads to the next attempt, also where it is this that ends it.
      if (client) await client.end().catch(() => undefined);
      else this.#connectLater();
    }
    if (this.#isClosed) await client?.end();
  }

  async #announceAll(client: Client): Promise<void> {
    const { rows } = await client.query<{ communityId: number; upTo: Version }>(
      'SELECT community_id AS "communityId", last_version AS "upTo" FROM clocks',
    );
    for (const row of rows) this.#options.announce({ ...row, after: NO_VERSION, topics: 'all' });
  }

  #hear({ payload, processId }: Notification): void {
    if (processId === this.#options.ownProcessId()) return;
    const change = parseNotification(payload);
    if (change) this.#options.announce(change);
  }
}
