import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Change, ChangeBus, ChangeListener } from './ports/change.js';
import type { Clock } from './ports/clock.js';
import type { Ids } from './ports/ids.js';
import type { Timer } from './ports/timer.js';

export const systemClock: Clock = { nowMs: () => Date.now() };

/** The system's clock, moved by the milliseconds that a file holds at that moment: for tests that set it back. */
export function movedClock(offsetPath: string): Clock {
  return { nowMs: () => Date.now() + Number(readFileSync(offsetPath, 'utf8')) };
}

export const systemTimer: Timer = {
  after: (ms, callback) => {
    const timeout = setTimeout(callback, ms);
    return () => clearTimeout(timeout);
  },
  soon: (callback) => void setImmediate(callback),
};

/** Ids of stored messages count up from 1, so those of others are drawn from the upper half below 2^53. */
const EPHEMERAL_IDS_FROM = 2 ** 52;

export const systemIds: Ids = {
  newClientMsgNo: () => randomUUID().replaceAll('-', ''),
  newEphemeralMessageId: () => EPHEMERAL_IDS_FROM + Math.floor(Math.random() * EPHEMERAL_IDS_FROM),
};

/** For a server that is one process. */
export class LocalChangeBus implements ChangeBus {
  readonly #listeners: ChangeListener[] = [];

  publish(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  subscribe(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }
}
