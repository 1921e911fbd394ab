import { AppError } from '../../domain/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { CommunityScope } from '../../ports/store.js';
import { GroupCommit } from './group-commit.js';
import type { SqliteDatabase } from './open-database.js';
import { translateError } from './sqlite-errors.js';
import { Statements } from './statements.js';
import type { WriteTransaction } from './write-transaction.js';

/**
 * How the store gets at its file. Reads run at once, each in a transaction of its own, so that one snapshot
 * answers it; writes go through the group commit.
 */
export abstract class SqliteAccess {
  protected readonly database: SqliteDatabase;
  protected readonly clock: Clock;
  protected readonly writer: GroupCommit;
  readonly #sql: Statements;

  constructor(database: SqliteDatabase, { clock }: { clock: Clock }) {
    this.database = database;
    this.clock = clock;
    this.#sql = new Statements(database);
    this.writer = new GroupCommit(database, this.#sql, clock);
  }

  /** Runs an operation on a community, which has to be there. */
  protected write<Command extends CommunityScope, Result>(
    operation: (transaction: WriteTransaction, command: Command) => Result,
    command: Command,
  ): Promise<Result> {
    return this.writer.run((transaction) => {
      transaction.requireCommunity(command.communityId);
      return operation(transaction, command);
    });
  }

  protected read<Result>(query: (sql: Statements) => Result): Result {
    try {
      return this.database.transaction(() => query(this.#sql))();
    } catch (error) {
      throw error instanceof AppError ? error : translateError(error);
    }
  }
}
