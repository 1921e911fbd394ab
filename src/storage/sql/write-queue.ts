import { AppError } from '../../domain/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { CommandOf, OperationName, Outcome, ResultOf, WriteRequest } from './write-operations.js';

/** Writes that wait, at the most; a disk that does not keep up must not fill the memory. */
const MAX_WAITING = 10_000;

/**
 * How much is committed together, at the most: meanwhile nobody else writes, and on PostgreSQL other processes wait for
 * it no longer than LOCK_TIMEOUT_MS.
 */
const MAX_GROUP = 500;

/** Where groups of writes are committed: on this thread, or on one of their own. */
export interface Committer {
  /** How many groups it takes: one that it commits, and those that lie ready, so that it need not wait for them. */
  readonly groupsAtOnce: number;
  /** Resolves once what has succeeded is durable and announced. */
  commit(requests: readonly WriteRequest[], nowMs: number): Promise<readonly Outcome[]>;
  /** Resolves when everything that was given to it is done. */
  close(): Promise<void>;
}

interface Waiting {
  readonly request: WriteRequest;
  readonly settle: (outcome: Outcome) => void;
}

interface WriteQueueOptions {
  readonly clock: Clock;
  readonly maxWaiting?: number;
}

/**
 * Collects the writes that arrive in one turn of the event loop, and while the committer has enough, and hands them on
 * together.
 */
export class WriteQueue {
  readonly #committer: Committer;
  readonly #clock: Clock;
  readonly #maxWaiting: number;
  readonly #collected: Waiting[] = [];
  #groups = 0;
  /** Collected, or handed on and not yet answered. */
  #waiting = 0;
  #whenIdle: (() => void)[] = [];

  constructor(committer: Committer, { clock, maxWaiting = MAX_WAITING }: WriteQueueOptions) {
    this.#committer = committer;
    this.#clock = clock;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Resolves with the result once that is durable.
   * @throws UNAVAILABLE at once when too many are waiting
   */
  run<Name extends OperationName>(operation: Name, command: CommandOf<Name>): Promise<ResultOf<Name>> {
    if (this.#waiting >= this.#maxWaiting) {
      return Promise.reject(new AppError('UNAVAILABLE', 'too many writes are waiting for the disk'));
    }
    this.#waiting += 1;
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome): void => {
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.result as ResultOf<Name>);
      };
      if (this.#collected.length === 0) setImmediate(() => this.#handOn());
      this.#collected.push({ request: { operation, command }, settle });
    });
  }

  /** Waits until nothing is left to be written, and lets go of the committer. */
  async close(): Promise<void> {
    if (this.#waiting > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    await this.#committer.close();
  }

  #handOn(): void {
    while (this.#collected.length > 0 && this.#groups < this.#committer.groupsAtOnce) {
      void this.#commit(this.#collected.splice(0, this.#sizeOfNext()));
    }
  }

  /** How many of those that are collected go into one group: at least one, however much that is. */
  #sizeOfNext(): number {
    let weight = 0;
    const end = this.#collected.findIndex(({ request }, index) => {
      weight += weightOf(request);
      return index > 0 && weight > MAX_GROUP;
    });
    return end === -1 ? this.#collected.length : end;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    this.#groups += 1;
    const requests = group.map(({ request }) => request);
    const outcomes = await this.#committer
      .commit(requests, this.#clock.nowMs())
      .catch((error: unknown) => requests.map(() => ({ error })));
    this.#groups -= 1;
    this.#handOn();
    for (const [index, { settle }] of group.entries()) {
      settle(outcomes[index] ?? { error: new AppError('INTERNAL', 'a write has no outcome') });
    }
    this.#waiting -= group.length;
    if (this.#waiting === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

/** A request that names many users takes as long as many requests. */
function weightOf({ command }: WriteRequest): number {
  if ('uids' in command) return Math.max(1, command.uids.length);
  return 'memberUids' in command ? 1 + command.memberUids.length : 1;
}
