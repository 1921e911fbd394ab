import type { Change, ChangeBus } from '../ports/change.js';
import type { Clock } from '../ports/clock.js';
import { isPostgresUrl, MEMORY_DB } from '../ports/database-name.js';
import type { RoomStore } from '../ports/room-store.js';
import type { Store } from '../ports/store.js';
import { explainOpenFailure } from './explain-open-failure.js';
import { explainPostgresFailure } from './explain-postgres-failure.js';
import type { SqliteDatabase } from './sqlite/open-database.js';
import type { Committer } from './sql/write-queue.js';
import type { CopySource, CopyTarget } from './tables.js';
import { unfinishedCopyError } from './unfinished-copy.js';

export interface OpenStoreOptions {
  /** The path of a database file, the URL of a PostgreSQL database, or `memory:`. */
  readonly db: string;
  readonly clock: Clock;
  /** Where commits are announced. */
  readonly changes: ChangeBus;
  /**
   * Where writes are committed. A server has a thread for them, so that waiting for the disk holds up no
   * reader; a command that writes a little and ends does without.
   */
  readonly writer?: 'thread' | 'inline';
  /** Whether other processes serve from the same database, or may do so. */
  readonly isShared?: boolean;
  /** How many connections to PostgreSQL may read at a time. */
  readonly dbConnections?: number;
  /** A replica of the PostgreSQL database, of which conversations are listed where that can tell. */
  readonly readDb?: ReadDbOptions | undefined;
}

export interface ReadDbOptions {
  readonly url: string;
  /** Told why it is not asked any more, and undefined when it answers again. */
  readonly report: (failure: Error | undefined) => void;
}

/** For commands that ask little. */
const FEW_CONNECTIONS = 2;

/**
 * Opens the store that `db` names, with its schema brought up to date. Engines are imported only when they
 * are asked for: one whose native part is missing must not stop the other.
 *
 * @throws StartupError that says what to do
 */
export async function openStore(options: OpenStoreOptions): Promise<Store & RoomStore> {
  const { db, clock, changes, writer = 'inline', isShared = true } = options;
  if (isPostgresUrl(db)) return openPostgresStore(options);
  if (db === MEMORY_DB) {
    const { MemoryStore } = await import('./memory/memory-store.js');
    return new MemoryStore({ clock, changes });
  }
  const { database } = await openMigrated(db, { allowsUnfinishedCopy: false });
  const { SqliteStore } = await import('./sqlite/sqlite-store.js');
  const { QuietUsers } = await import('./sqlite/quiet-users.js');
  const committer = await startCommitter(database, { db, writer, changes });
  return new SqliteStore({ database, committer, changes, clock, quietUsers: new QuietUsers({ isShared }) });
}

async function openPostgresStore(options: OpenStoreOptions): Promise<Store & RoomStore> {
  const { db: url, clock, changes, dbConnections: maxConnections = FEW_CONNECTIONS, readDb } = options;
  await migratePostgresStore(url);
  const { openPostgres } = await import('./postgres/open-postgres.js');
  return openPostgres({ url, maxConnections, clock, changes, replica: readDb }).catch((error: unknown) => {
    throw explainPostgresFailure(error, url);
  });
}

async function migratePostgresStore(url: string): Promise<string[]> {
  const { migratePostgres } = await import('./postgres/migrate-postgres.js');
  return migratePostgres(url).catch((error: unknown) => {
    throw explainPostgresFailure(error, url);
  });
}

interface CommitterOptions {
  readonly db: string;
  readonly writer: 'thread' | 'inline';
  readonly changes: ChangeBus;
}

async function startCommitter(
  database: SqliteDatabase,
  { db, writer, changes }: CommitterOptions,
): Promise<Committer> {
  const announce = (change: Change): void => changes.publish(change);
  if (writer === 'inline') {
    const { InlineCommitter } = await import('./sqlite/inline-committer.js');
    return new InlineCommitter(database, announce);
  }
  const { ThreadCommitter } = await import('./sqlite/thread-committer.js');
  return ThreadCommitter.start(db, announce);
}

/** Brings the schema of a database up to date. Returns the names of the migrations that were applied. */
export async function migrateStore(db: string): Promise<string[]> {
  if (isPostgresUrl(db)) return migratePostgresStore(db);
  const { database, applied } = await openMigrated(db, { allowsUnfinishedCopy: true });
  database.close();
  return applied;
}

/**
 * Opens a database to copy from.
 *
 * @throws StartupError that says what to do
 */
export async function openCopySource(db: string): Promise<CopySource> {
  if (isPostgresUrl(db)) {
    const { PostgresCopySource } = await import('./postgres/postgres-copy-source.js');
    return PostgresCopySource.open(db);
  }
  const { SqliteCopySource } = await import('./sqlite/sqlite-copy-source.js');
  return SqliteCopySource.open(db);
}

/**
 * Opens a database to copy into, with its schema brought up to date, for this process alone.
 *
 * @throws StartupError that says what to do
 */
export async function openCopyTarget(db: string): Promise<CopyTarget> {
  if (isPostgresUrl(db)) {
    await migratePostgresStore(db);
    const { PostgresCopyTarget } = await import('./postgres/postgres-copy-target.js');
    return PostgresCopyTarget.take(db);
  }
  const { database } = await openMigrated(db, { allowsUnfinishedCopy: true });
  const { SqliteCopyTarget } = await import('./sqlite/sqlite-copy-target.js');
  return SqliteCopyTarget.take(database, db);
}

interface MigratedDatabase {
  readonly database: SqliteDatabase;
  readonly applied: string[];
}

async function openMigrated(
  db: string,
  { allowsUnfinishedCopy }: { readonly allowsUnfinishedCopy: boolean },
): Promise<MigratedDatabase> {
  let database: SqliteDatabase | undefined;
  try {
    const { openDatabase } = await import('./sqlite/open-database.js');
    const { checkIntegrity } = await import('./sqlite/check-integrity.js');
    const { hasUnfinishedCopy } = await import('./sqlite/has-unfinished-copy.js');
    const { migrateSqlite } = await import('./sqlite/migrate-sqlite.js');
    database = openDatabase(db);
    checkIntegrity(database);
    if (!allowsUnfinishedCopy && hasUnfinishedCopy(database)) throw unfinishedCopyError();
    return { database, applied: [...migrateSqlite(database)] };
  } catch (error) {
    database?.close();
    throw explainOpenFailure(error, db);
  }
}
