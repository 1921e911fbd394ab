import { Client, type Notification } from 'pg';
import { NO_VERSION, type Version } from '../../domain/version.js';
import type { ChangeListener as Announce } from '../../ports/change.js';
import { BackOff } from './back-off.js';
import { plainOptions } from './connection-options.js';
import { hangUp } from './hang-up.js';
import { NOTIFICATION_CHANNEL, parseNotification } from './notifications.js';
import { shareDatabase } from './share-database.js';
import { HEARTBEAT_MS, HEARTBEAT_TIMEOUT_MS } from './time-outs.js';

export interface ChangeListenerOptions {
  readonly url: string;
  readonly announce: Announce;
  /** Of the server's process that this process writes through: what it commits is announced already. */
  readonly ownProcessId: () => number | undefined;
  readonly heartbeat?: Heartbeat;
}

/** How often the connection is tried, and how long it may take to answer. */
export interface Heartbeat {
  readonly everyMs: number;
  readonly timeoutMs: number;
}

const HEARTBEAT: Heartbeat = { everyMs: HEARTBEAT_MS, timeoutMs: HEARTBEAT_TIMEOUT_MS };

/** By which an operator knows its sessions in pg_stat_activity. */
const LISTENER_NAME = 'tidemark listener';

/**
 * Hears what other processes commit, on a connection of its own. Nothing else is sent on it, so it is tried now and
 * then: one that was cut off without a word, by a firewall or a machine that is gone, looks like one on which
 * nothing happens.
 *
 * When that is lost, it connects again, waiting longer after each attempt that fails. What was committed in between is
 * not told later; so everybody who waits then looks again, in every community.
 */
export class ChangeListener {
  readonly #options: ChangeListenerOptions;
  readonly #heartbeat: Heartbeat;
  readonly #backOff = new BackOff();
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isCurrent = false;
  #isClosed = false;

  private constructor(options: ChangeListenerOptions) {
    this.#options = options;
    this.#heartbeat = options.heartbeat ?? HEARTBEAT;
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
    if (this.#client) await hangUp(this.#client);
  }

  async #connect(): Promise<Client> {
    const client = new Client({
      ...plainOptions(this.#options.url),
      application_name: LISTENER_NAME,
      query_timeout: this.#heartbeat.timeoutMs,
    });
    client.on('error', () => undefined);
    client.on('notification', (notification) => this.#hear(notification));
    client.once('end', () => {
      if (this.#client === client) this.#connectLater();
    });
    try {
      await client.connect();
      await shareDatabase(client);
      await client.query(`LISTEN ${NOTIFICATION_CHANNEL}`);
      this.#client = client;
      this.#tryLater(client);
      return client;
    } catch (error) {
      await hangUp(client);
      throw error;
    }
  }

  #tryLater(client: Client): void {
    this.#timer = setTimeout(() => {
      client.query('SELECT 1').then(
        () => this.#client === client && !this.#isClosed && this.#tryLater(client),
        // Its end leads to the next attempt to connect.
        () => hangUp(client),
      );
    }, this.#heartbeat.everyMs);
  }

  #connectLater(): void {
    this.#isCurrent = false;
    this.#client = undefined;
    clearTimeout(this.#timer);
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
      if (client) await hangUp(client);
      else this.#connectLater();
    }
    if (this.#isClosed && client) await hangUp(client);
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
