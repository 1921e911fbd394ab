import type { Clock } from '../ports/clock.js';
import { MEMORY_DB } from '../ports/database-name.js';
import type { RoomStore } from '../ports/room-store.js';
import type { Store } from '../ports/store.js';
import { explainOpenFailure } from './explain-open-failure.js';
import type { SqliteDatabase } from './sqlite/open-database.js';

export interface OpenStoreOptions {
  /** The path of a database file, or `memory:`. */
  readonly db: string;
  readonly clock: Clock;
  /** Called with every statement that runs. */
  readonly onStatement?: (sql: string) => void;
}

/**
 * Opens the store that `db` names, with its schema brought up to date. Engines are imported only when they
 * are asked for: one whose native part is missing must not stop the other.
 *
 * @throws StartupError that says what to do
 */
export async function openStore({ db, clock, onStatement }: OpenStoreOptions): Promise<Store & RoomStore> {
  if (db === MEMORY_DB) {
    const { MemoryStore } = await import('./memory/memory-store.js');
    return new MemoryStore({ clock });
  }
  const { database } = await openMigrated(db, onStatement);
  const { SqliteStore } = await import('./sqlite/sqlite-store.js');
  return new SqliteStore(database, { clock });
}

/** Brings the schema of a database file up to date. Returns the names of the migrations that were applied. */
export async function migrateStore(db: string): Promise<string[]> {
  const { database, applied } = await openMigrated(db);
  database.close();
  return applied;
}

interface MigratedDatabase {
  readonly database: SqliteDatabase;
  readonly applied: string[];
}

async function openMigrated(db: string, onStatement?: (sql: string) => void): Promise<MigratedDatabase> {
  let database: SqliteDatabase | undefined;
  try {
    const { openDatabase } = await import('./sqlite/open-database.js');
    const { migrateSqlite } = await import('./sqlite/migrate-sqlite.js');
    database = openDatabase(db, onStatement && { onStatement });
    return { database, applied: [...migrateSqlite(database)] };
  } catch (error) {
    database?.close();
    throw explainOpenFailure(error, db);
  }
}
