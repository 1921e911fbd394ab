import type { ChangeListener } from '../../ports/change.js';
import type { Clock } from '../../ports/clock.js';
import type { SqliteDatabase } from './open-database.js';
import { translateError } from './sqlite-errors.js';
import type { Statements } from './statements.js';
import { WriteTransaction } from './write-transaction.js';

type Operation = (transaction: WriteTransaction) => unknown;

interface Pending {
  readonly operation: Operation;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Operations that share one commit at the most, so that a burst of writes lets reads in between. */
const MAX_GROUP = 500;

/**
 * Group commit: what makes a durable write slow is waiting for the disk once per transaction, so all
 * operations that have arrived while one transaction was committing share the next.
 *
 * Each operation runs inside a savepoint of its own: one that fails takes back only itself. Nobody hears of
 * success before COMMIT has returned. When SQLite gives up the transaction as a whole (a full disk, an I/O
 * error), every operation in it fails, also those that had run.
 */
export class GroupCommit {
  readonly #database: SqliteDatabase;
  readonly #sql: Statements;
  readonly #clock: Clock;
  readonly #listeners: ChangeListener[] = [];
  #queue: Pending[] = [];
  #scheduled: Promise<void> | undefined;

  constructor(database: SqliteDatabase, sql: Statements, clock: Clock) {
    this.#database = database;
    this.#sql = sql;
    this.#clock = clock;
  }

  /** Runs an operation in the next transaction. Resolves with its result once that is durable. */
  run<Result>(operation: (transaction: WriteTransaction) => Result): Promise<Result> {
    const done = new Promise<Result>((resolve, reject) => {
      this.#queue.push({ operation, resolve, reject });
    });
    this.#scheduled ??= this.#schedule();
    return done;
  }

  /** Announces every commit. */
  watch(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  /** Resolves when nothing is left to be written. */
  async idle(): Promise<void> {
    await this.#scheduled;
  }

  /** Waits for one turn of the event loop, in which requests that have come in reach the queue. */
  async #schedule(): Promise<void> {
    while (this.#queue.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#queue.slice(0, MAX_GROUP);
      this.#queue = this.#queue.slice(MAX_GROUP);
      this.#commit(group);
    }
    this.#scheduled = undefined;
  }

  #commit(group: readonly Pending[]): void {
    const answers: (() => void)[] = [];
    const transaction = new WriteTransaction(this.#sql, this.#clock.nowMs());
    try {
      this.#sql.run('BEGIN IMMEDIATE');
      for (const pending of group) answers.push(this.#runOne(transaction, pending));
      transaction.saveClocks();
      this.#sql.run('COMMIT');
    } catch (error) {
      this.#rollBack();
      for (const { reject } of group) reject(translateError(error));
      return;
    }
    for (const answer of answers) answer();
    for (const change of transaction.changes()) {
      for (const listener of this.#listeners) listener(change);
    }
  }

  /** A rollback that fails as well has nothing to add to the error that led to it. */
  #rollBack(): void {
    try {
      if (this.#database.inTransaction) this.#sql.run('ROLLBACK');
    } catch {
      // The next BEGIN will say whether the database is of use again.
    }
  }

  /** Returns what to tell the caller once the transaction is committed. */
  #runOne(transaction: WriteTransaction, { operation, resolve, reject }: Pending): () => void {
    this.#sql.run('SAVEPOINT operation');
    try {
      const result = operation(transaction);
      this.#sql.run('RELEASE operation');
      return () => resolve(result as never);
    } catch (error) {
      if (!this.#database.inTransaction) throw error;
      this.#sql.run('ROLLBACK TO operation');
      this.#sql.run('RELEASE operation');
      return () => reject(translateError(error));
    }
  }
}
