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
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  return database;
}
