import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../domain/errors.js';
import type { ChangeListener } from '../../ports/change.js';
import type { Outcome, WriteRequest } from '../sql/write-operations.js';
import type { Committer } from '../sql/write-queue.js';
import { commitGroup, UnknownOutcome, type GroupResult } from './group-commit.js';
import { isConflict, isConnectionLost, translateError } from './postgres-errors.js';
import type { Queries } from './queries.js';
import type { WriterConnection } from './writer-connection.js';

/** How often a group is tried that stands in another transaction's way. */
const MAX_ATTEMPTS = 5;
const CONFLICT_DELAY_MS = 20;

export interface PostgresCommitterParts {
  readonly connection: WriterConnection;
  readonly queries: Queries;
  readonly announce: ChangeListener;
}

/**
 * Commits on one connection, a group at a time.
 *
 * Nothing is acknowledged before the server has answered COMMIT. A connection that is lost before that, or while
 * COMMIT is under way, is UNAVAILABLE: in the second case nobody knows what became of it, and whoever sends the same
 * client_msg_no again finds out.
 */
export class PostgresCommitter implements Committer {
  readonly groupsAtOnce = 1;
  readonly #connection: WriterConnection;
  readonly #queries: Queries;
  readonly #announce: ChangeListener;

  constructor({ connection, queries, announce }: PostgresCommitterParts) {
    this.#connection = connection;
    this.#queries = queries;
    this.#announce = announce;
  }

  /** Announces before it answers: who is answered may ask at once for what he has written. */
  async commit(requests: readonly WriteRequest[], nowMs: number): Promise<readonly Outcome[]> {
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

  async close(): Promise<void> {
    await this.#connection.close();
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
