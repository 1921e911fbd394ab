import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { GROUP_CHANNEL } from '../../src/domain/channel.js';
import { WAITING } from '../datasets/shapes.js';
import { groupName, uidOf } from '../datasets/user-class.js';
import { exchange, type Reply } from './exchange.js';
import { post, type Request } from './request.js';

export interface OpenWaitersJob {
  readonly kind: 'open-waiters';
  readonly url: string;
  readonly count: number;
  /** For how long each request asks to be held. */
  readonly waitSeconds: number;
}

export interface WakeWaitersJob {
  readonly kind: 'wake-waiters';
  readonly wakes: number;
}

/** Milliseconds of each wake: from the sender's request, and from the answer to it, to the waiter's reply. */
export interface WakeResult {
  readonly fromSendMs: readonly number[];
  readonly fromAckMs: readonly number[];
}

/** More connections at once would not fit into the server's queue of those to be accepted. */
const OPENED_AT_ONCE = 200;

const WAKE_LIMIT_MS = 10_000;

/** Clients held by `wait`: each a user with one group, and a connection of his own. */
export class Waiters {
  readonly #url: string;
  readonly #waitSeconds: number;
  readonly #agent = new Agent({ keepAlive: true });
  /** Told when its waiter hears of something. */
  readonly #listeners = new Map<number, (atMs: number) => void>();
  #count = 0;
  #failure: unknown;

  constructor({ url, waitSeconds }: Pick<OpenWaitersJob, 'url' | 'waitSeconds'>) {
    this.#url = url;
    this.#waitSeconds = waitSeconds;
  }

  /** Resolves when the requests of all have left. */
  async open(count: number): Promise<void> {
    const { headers } = await exchange(this.#agent, this.#url, pollOf(0, { version: '0', wait: 0 })).answered;
    const version = String(headers['x-sync-version']);
    while (this.#count < count) {
      const size = Math.min(OPENED_AT_ONCE, count - this.#count);
      await Promise.all(Array.from({ length: size }, () => this.#poll(this.#count++, version)));
    }
  }

  /** One after the other, each another one, so that none is late because of the one before. */
  async wake(wakes: number): Promise<WakeResult> {
    const fromSendMs: number[] = [];
    const fromAckMs: number[] = [];
    for (let wake = 0; wake < wakes; wake++) {
      const waiter = Math.floor((wake * this.#count) / wakes);
      const woken = new Promise<number>((resolve) => void this.#listeners.set(waiter, resolve));
      const sentMs = performance.now();
      const acked = exchange(this.#agent, this.#url, messageTo(waiter)).answered.then(() =>
        performance.now(),
      );
      const [ackedMs, wokenMs] = await Promise.race([Promise.all([acked, woken]), this.#giveUp()]);
      fromSendMs.push(wokenMs - sentMs);
      fromAckMs.push(Math.max(0, wokenMs - ackedMs));
    }
    return { fromSendMs, fromAckMs };
  }

  async #giveUp(): Promise<never> {
    await sleep(WAKE_LIMIT_MS, undefined, { ref: false });
    throw new Error('a client in wait did not hear of a message to it', { cause: this.#failure });
  }

  /** Polls until the process ends; resolves when the first request has left. */
  #poll(waiter: number, version: string): Promise<void> {
    const wait = this.#waitSeconds;
    const { sent, answered } = exchange(this.#agent, this.#url, pollOf(waiter, { version, wait }));
    void this.#pollAgain(waiter, answered);
    return sent;
  }

  async #pollAgain(waiter: number, answered: Promise<Reply>): Promise<void> {
    try {
      const { headers, body } = await answered;
      if (body !== '[]') this.#listeners.get(waiter)?.(performance.now());
      await this.#poll(waiter, String(headers['x-sync-version']));
    } catch (error) {
      this.#failure = error;
    }
  }
}

function pollOf(waiter: number, cursor: { version: string; wait: number }): Request {
  return post('/conversation/sync', { uid: uidOf({ name: WAITING }, waiter), msg_count: 1, ...cursor });
}

function messageTo(waiter: number): Request {
  const channel = { channel_id: groupName(WAITING, waiter), channel_type: GROUP_CHANNEL };
  const payload = Buffer.from('{"type":1,"content":"Wake up"}').toString('base64');
  return post('/message/send', { ...channel, payload });
}
