import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../domain/errors.js';
import type { ChangeListener } from '../../ports/change.js';
import type { Outcome, WriteRequest } from '../sql/write-operations.js';
import type { Committer } from '../sql/write-queue.js';
import { commitGroup, UnknownOutcome, type GroupResult } from './group-commit.js';
import { isConflict, isConnectionLost, translateError } from './postgres-errors.js';
import type { Queries } from './queries.js';
import type { WriterConnection } from './writer-connection.js';

/** Writes in one transaction, at the most. */
const MAX_GROUP = 500;

/** How often a group is tried that stands in another transaction's way. */
const MAX_ATTEMPTS = 5;
const CONFLICT_DELAY_MS = 20;

interface Batch {
  readonly requests: readonly WriteRequest[];
  readonly nowMs: number;
  readonly resolve: (outcomes: readonly Outcome[]) => void;
}

export interface PostgresCommitterParts {
  readonly connection: WriterConnection;
  readonly queries: Queries;
  readonly announce: ChangeListener;
}

/**
 * Commits on one connection, a group at a time. What arrives while one is committed goes into the next.
 *
 * Nothing is acknowledged before the server has answered COMMIT. A connection that is lost before that, or while
 * COMMIT is under way, is UNAVAILABLE: in the second case nobody knows what became of it, and whoever sends the same
 * client_msg_no again finds out.
 */
export class PostgresCommitter implements Committer {
  readonly #connection: WriterConnection;
  readonly #queries: Queries;
  readonly #announce: ChangeListener;
  #waiting: Batch[] = [];
  #running: Promise<void> | undefined;

  constructor({ connection, queries, announce }: PostgresCommitterParts) {
    this.#connection = connection;
    this.#queries = queries;
    this.#announce = announce;
  }

  commit(requests: readonly WriteRequest[], nowMs: number): Promise<readonly Outcome[]> {
    return new Promise((resolve) => {
      this.#waiting.push({ requests, nowMs, resolve });
      this.#running ??= this.#run();
    });
  }

  async close(): Promise<void> {
    await this.#running;
    await this.#connection.close();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batches = this.#takeGroup();
      const requests = batches.flatMap((batch) => batch.requests);
      const outcomes = await this.#commit(requests, batches.at(-1)?.nowMs ?? 0);
      let start = 0;
      for (const { requests: own, resolve } of batches) {
        resolve(outcomes.slice(start, start + own.length));
        start += own.length;
      }
    }
    this.#running = undefined;
  }

  /** At least one batch, whatever its length. */
  #takeGroup(): Batch[] {
    let length = 0;
    const end = this.#waiting.findIndex(({ requests }, index) => {
      length += requests.length;
      return index > 0 && length > MAX_GROUP;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  /** Announces before it answers: who is answered may ask at once for what he has written. */
  async #commit(requests: readonly WriteRequest[], nowMs: number): Promise<readonly Outcome[]> {
    try {
      const { outcomes, changes } = await this.#tryUntilDone(requests, nowMs);
      for (const change of changes) this.#announce(change);
      return outcomes;
    } catch (error) {
      // If it was committed after all, nobody else tells this process of it.
      if (error instanceof UnknownOutcome) for (const change of error.changes) this.#announce(change);
      const outcome = {
        error: error instanceof UnknownOutcome ? unknownOutcome(error) : translateError(error),
      };
      return requests.map(() => outcome);
    }
  }

  async #tryUntilDone(requests: readonly WriteRequest[], nowMs: number): Promise<GroupResult> {
    for (let attempt = 1; ; attempt += 1) {
      const client = await this.#connection.get();
      try {
        return await commitGroup({ client, queries: this.#queries }, requests, nowMs);
      } catch (error) {
        if (error instanceof UnknownOutcome || isConnectionLost(error)) this.#connection.drop(client);
        if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
        await sleep(CONFLICT_DELAY_MS * attempt * Math.random());
      }
    }
  }
}

function unknownOutcome(cause: UnknownOutcome): AppError {
  return new AppError('UNAVAILABLE', 'the database went away while it committed this', { cause });
}
