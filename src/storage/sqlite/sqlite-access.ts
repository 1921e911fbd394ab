import type { ChangeBus } from '../../ports/change.js';
import type { Clock } from '../../ports/clock.js';
import type { SqliteDatabase } from './open-database.js';
import { QuietUsers } from './quiet-users.js';
import { translateError } from './sqlite-errors.js';
import { Statements } from './statements.js';
import { StoreWrites } from '../sql/store-writes.js';
import { type Committer, WriteQueue } from '../sql/write-queue.js';

export interface SqliteStoreParts {
  /** What is read from. */
  readonly database: SqliteDatabase;
  readonly committer: Committer;
  readonly changes: ChangeBus;
  readonly clock: Clock;
  readonly quietUsers?: QuietUsers;
}

/**
 * How the store gets at its file. Reads run at once, each in a transaction of its own, so that one snapshot
 * answers it; writes are collected and committed in groups.
 */
export abstract class SqliteAccess extends StoreWrites {
  protected readonly database: SqliteDatabase;
  protected readonly clock: Clock;
  protected readonly changes: ChangeBus;
  protected readonly quietUsers: QuietUsers;
  readonly #sql: Statements;

  constructor({ database, committer, changes, clock, quietUsers }: SqliteStoreParts) {
    super(new WriteQueue(committer, { clock }));
    this.database = database;
    this.clock = clock;
    this.changes = changes;
    this.#sql = new Statements(database);
    const users = quietUsers ?? new QuietUsers({ isShared: true });
    this.quietUsers = users;
    changes.subscribe((change) => users.hear(change));
  }

  /** A read of one statement, which is a transaction by itself. */
  protected readOne<Result>(query: (sql: Statements) => Result): Result {
    try {
      return query(this.#sql);
    } catch (error) {
      throw translateError(error);
    }
  }

  protected read<Result>(query: (sql: Statements) => Result): Result {
    const sql = this.#sql;
    try {
      sql.run('BEGIN');
      const result = query(sql);
      sql.run('END');
      return result;
    } catch (error) {
      if (this.database.inTransaction) sql.run('ROLLBACK');
      throw translateError(error);
    }
  }
}
