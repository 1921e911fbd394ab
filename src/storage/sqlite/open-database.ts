import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

export type SqliteDatabase = Database.Database;

export interface OpenDatabaseOptions {
  /** Called with every statement that runs. */
  readonly onStatement?: (sql: string) => void;
}

/** How long a write waits for another process's transaction before it gives up. */
const BUSY_TIMEOUT_MS = 5000;

const WAL_RETRY_MS = 5;

/**
 * Opens (or creates) a database file. `synchronous = FULL` is what makes an acknowledged write survive a
 * power failure: with WAL, SQLite would otherwise not sync on commit.
 */
export function openDatabase(path: string, { onStatement }: OpenDatabaseOptions = {}): SqliteDatabase {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = new Database(path, {
    timeout: BUSY_TIMEOUT_MS,
    ...(onStatement && { verbose: (sql) => onStatement(String(sql)) }),
  });
  try {
    enterWal(database);
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    return database;
  } catch (error) {
    // Left open, it would keep its lock until it is collected.
    database.close();
    throw error;
  }
}

/**
 * Changing the journal mode of a new file needs the file for itself, and SQLite does not wait for that: of
 * several processes that start together on one new file, all but one would fail at once.
 */
function enterWal(database: SqliteDatabase): void {
  const giveUpAtMs = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      database.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      const isBusy = error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY';
      if (!isBusy || performance.now() > giveUpAtMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_RETRY_MS);
    }
  }
}
