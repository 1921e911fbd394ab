import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { StartupError } from '../../domain/startup-error.js';
import { explainOpenFailure } from '../explain-open-failure.js';
import { notMigratedError } from '../migrations.js';
import type { CopySource } from '../tables.js';
import { unfinishedCopyError } from '../unfinished-copy.js';
import { checkIntegrity } from './check-integrity.js';
import { hasUnfinishedCopy } from './has-unfinished-copy.js';
import { listPending } from './migrate-sqlite.js';
import type { SqliteDatabase } from './open-database.js';
import { SqliteTables } from './sqlite-tables.js';

/** A database file that is only read. */
export class SqliteCopySource extends SqliteTables implements CopySource {
  /** @throws StartupError when it does not exist, has another schema, or is itself half a copy */
  static open(path: string): SqliteCopySource {
    if (!existsSync(path)) throw new StartupError(`${path} does not exist: correct --from`);
    let database: SqliteDatabase | undefined;
    try {
      database = new Database(path, { readonly: true, fileMustExist: true });
      checkIntegrity(database);
      if (listPending(database).length > 0) throw notMigratedError();
      if (hasUnfinishedCopy(database)) throw unfinishedCopyError();
      return new SqliteCopySource(database, path);
    } catch (error) {
      database?.close();
      throw explainOpenFailure(error, path);
    }
  }

  takeSnapshot(): Promise<void> {
    return this.attempt(() => {
      if (this.database.inTransaction) this.database.exec('COMMIT');
      this.database.exec('BEGIN');
      // The first statement that reads is what takes it.
      this.database.prepare('SELECT 1 FROM migrations').get();
    });
  }
}
