import { AppError } from '../../domain/errors.js';
import type { Change } from '../../ports/change.js';
import type { SqliteDatabase } from './open-database.js';
import { translateError } from './sqlite-errors.js';
import { Statements } from './statements.js';
import { type Outcome, perform, type WriteRequest } from '../sql/write-operations.js';
import { CLOCK_COLUMNS, type ClockRow, WriteTransaction } from '../sql/write-transaction.js';
import { runSteps } from './run-steps.js';

export interface GroupResult {
  /** One for each request, in their order. */
  readonly outcomes: readonly Outcome[];
  /** What is to be announced. */
  readonly changes: readonly Change[];
}

type RunOne = (this: void, transaction: WriteTransaction, request: WriteRequest) => Outcome;

/** That the group has to be run again, each operation in a savepoint of its own. */
class NeedsSavepoints extends Error {}

/**
 * Group commit: what makes a durable write slow is waiting for the disk once per transaction, so requests
 * that have come together share one.
 *
 * One that fails takes back only itself. Nearly all that fail do so before they have written anything, and then
 * there is nothing to take back. For the others the group is rolled back and run again with a savepoint around
 * each operation, for which SQLite copies every page that the operation changes. When it gives up the transaction
 * as a whole (a full disk, an I/O error), every request in it fails, also those that had run.
 */
export class GroupCommit {
  readonly #database: SqliteDatabase;
  readonly #sql: Statements;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#sql = new Statements(database);
  }

  /** Returns when everything that has succeeded is durable. Never throws. */
  commit(requests: readonly WriteRequest[], nowMs: number): GroupResult {
    try {
      return this.#attempt(requests, nowMs, this.#runPlainly);
    } catch (error) {
      this.#rollBack();
      if (!(error instanceof NeedsSavepoints)) return failAll(requests, error);
    }
    try {
      return this.#attempt(requests, nowMs, this.#runInSavepoint);
    } catch (error) {
      this.#rollBack();
      return failAll(requests, error);
    }
  }

  #attempt(requests: readonly WriteRequest[], nowMs: number, runOne: RunOne): GroupResult {
    this.#sql.run('BEGIN IMMEDIATE');
    const transaction = new WriteTransaction(nowMs, this.#readClocks(requests));
    const outcomes = requests.map((request) => runOne(transaction, request));
    runSteps(this.#sql, transaction.saveClocks());
    this.#sql.run('COMMIT');
    return { outcomes, changes: transaction.changes() };
  }

  /** SQLite lets one writer in at a time, from BEGIN IMMEDIATE on: until COMMIT, nobody else moves them. */
  #readClocks(requests: readonly WriteRequest[]): ClockRow[] {
    const communityIds = new Set<number>();
    for (const { command } of requests) if ('communityId' in command) communityIds.add(command.communityId);
    const query = `SELECT ${CLOCK_COLUMNS} FROM clocks WHERE community_id = @communityId`;
    return Array.from(communityIds).flatMap(
      (communityId) => this.#sql.get<ClockRow>(query, { communityId }) ?? [],
    );
  }

  /** A rollback that fails as well has nothing to add to the error that led to it. */
  #rollBack(): void {
    try {
      if (this.#database.inTransaction) this.#sql.run('ROLLBACK');
    } catch {
      // The next BEGIN will say whether the database is of use again.
    }
  }

  readonly #runPlainly: RunOne = (transaction, request) => {
    const writesBefore = this.#sql.writes;
    try {
      return { result: runSteps(this.#sql, perform(transaction, request)) };
    } catch (error) {
      if (!this.#database.inTransaction) throw error;
      if (!(error instanceof AppError) || this.#sql.writes > writesBefore) throw new NeedsSavepoints();
      return { error };
    }
  };

  readonly #runInSavepoint: RunOne = (transaction, request) => {
    this.#sql.run('SAVEPOINT operation');
    try {
      const result = runSteps(this.#sql, perform(transaction, request));
      this.#sql.run('RELEASE operation');
      return { result };
    } catch (error) {
      if (!this.#database.inTransaction) throw error;
      this.#sql.run('ROLLBACK TO operation');
      this.#sql.run('RELEASE operation');
      return { error: error instanceof AppError ? error : translateError(error) };
    }
  };
}

function failAll(requests: readonly WriteRequest[], error: unknown): GroupResult {
  const outcome = { error: translateError(error) };
  return { outcomes: requests.map(() => outcome), changes: [] };
}
