import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { AppError, type ErrorCode } from '../../domain/errors.js';
import type { Change, ChangeListener } from '../../ports/change.js';
import type { GroupResult } from './group-commit.js';
import type { Outcome, WriteRequest } from '../sql/write-operations.js';
import type { Committer } from '../sql/write-queue.js';

/** What the thread is told: writes that it is to commit together. */
export interface Group {
  readonly requests: readonly WriteRequest[];
  readonly nowMs: number;
}

/** What the thread answers, to one group after the other. */
export interface Committed {
  readonly outcomes: readonly ThreadOutcome[];
  readonly changes: readonly Change[];
}

/** Errors do not survive the way between threads: only what is said of them. */
export type ThreadOutcome =
  | { readonly result: unknown }
  | {
      readonly failure: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly field?: string;
        /** For the log. */
        readonly cause?: string;
      };
    };

interface Pending {
  readonly resolve: (outcomes: readonly Outcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits on a thread of its own, with a connection of its own, so that waiting for the disk or for another
 * process's transaction holds up no reader.
 */
export class ThreadCommitter implements Committer {
  readonly groupsAtOnce = 2;
  readonly #thread: Worker;
  readonly #announce: ChangeListener;
  readonly #pending: Pending[] = [];

  private constructor(thread: Worker, announce: ChangeListener) {
    this.#thread = thread;
    this.#announce = announce;
    thread.on('message', (committed: Committed) => this.#settle(committed));
    // Only a defect ends the thread. Nothing that was acknowledged is lost, but nothing can be written any more.
    thread.on('error', (error) => this.#fail(error));
  }

  /** @throws what opening the database has thrown */
  static async start(path: string, announce: ChangeListener): Promise<ThreadCommitter> {
    const thread = new Worker(new URL('writer-thread.js', import.meta.url), { workerData: { path } });
    await once(thread, 'message');
    return new ThreadCommitter(thread, announce);
  }

  commit(requests: readonly WriteRequest[], nowMs: number): Promise<GroupResult['outcomes']> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#thread.postMessage({ requests, nowMs } satisfies Group);
    });
  }

  async close(): Promise<void> {
    const ended = once(this.#thread, 'exit');
    this.#thread.postMessage('close');
    await ended;
  }

  /** Announces before it answers: who is answered may ask at once for what he has written. */
  #settle({ outcomes, changes }: Committed): void {
    for (const change of changes) this.#announce(change);
    this.#pending.shift()?.resolve(outcomes.map(toOutcome));
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#pending.splice(0)) reject(error);
    throw error;
  }
}

function toOutcome(outcome: ThreadOutcome): Outcome {
  if ('result' in outcome) return outcome;
  const { code, message, ...options } = outcome.failure;
  return { error: new AppError(code, message, options) };
}
