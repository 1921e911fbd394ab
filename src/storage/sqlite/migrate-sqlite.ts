import { toMessageJson } from '../../domain/message-json.js';
import {
  type AppliedMigration,
  type Migration,
  MigrationError,
  planMigrations,
  readMigrations,
} from '../migrations.js';
import type { SqliteDatabase } from './open-database.js';

const CREATE_MIGRATIONS = `CREATE TABLE IF NOT EXISTS migrations (
  number        INTEGER PRIMARY KEY,
  name          TEXT    NOT NULL,
  checksum      TEXT    NOT NULL,
  applied_at_ms INTEGER NOT NULL
) STRICT`;

interface MigrateOptions {
  readonly migrations?: readonly Migration[];
  readonly nowMs?: number;
}

/**
 * Brings a database to this program's schema and returns the names of the migrations it applied.
 *
 * Any number of processes may do so at once. A migration runs in one transaction with the row that records
 * it, so it is there whole or not at all. That transaction takes the write lock first and only then looks
 * up what is still to do: whoever had to wait sees what the others did meanwhile. An up-to-date database is
 * only read, so that starting another process never waits for the writers of a running one.
 *
 * @throws MigrationError when the schema is newer or other than this program's, or a migration fails
 */
export function migrateSqlite(
  database: SqliteDatabase,
  { migrations = readMigrations('sqlite'), nowMs = Date.now() }: MigrateOptions = {},
): string[] {
  const findNext = (): Migration | undefined => listPending(database, migrations)[0];
  const applyNext = database.transaction((): string | undefined => {
    const next = findNext();
    if (next) apply(database, next, nowMs);
    return next?.name;
  });

  defineFunctions(database);
  const names: string[] = [];
  while (findNext()) {
    const name = applyNext.immediate();
    if (name !== undefined) names.push(name);
  }
  return names;
}

/**
 * What `migrateSqlite` would apply. Only reads.
 *
 * @throws MigrationError when the schema is newer or other than this program's
 */
export function listPending(
  database: SqliteDatabase,
  migrations: readonly Migration[] = readMigrations('sqlite'),
): Migration[] {
  return planMigrations(migrations, listApplied(database));
}

type MessageValues = [
  ...place: [id: number, type: number, name: string, seq: number],
  ...content: [fromUid: string, clientMsgNo: string, payload: Uint8Array, redDot: number],
  ...settings: [setting: number, expireSeconds: number, createdAtMs: number],
];

/** What migrations call that SQL cannot say. */
function defineFunctions(database: SqliteDatabase): void {
  database.function('message_json', { varargs: true }, (...values: MessageValues) => {
    const [id, type, name, seq, fromUid, clientMsgNo, payload, redDot, ...rest] = values;
    const [setting, expireSeconds, createdAtMs] = rest;
    const content = { clientMsgNo, payload, redDot: redDot === 1, setting, expireSeconds, createdAtMs };
    return toMessageJson({ id, channel: { type, name }, seq, fromUid, ...content });
  });
}

function listApplied(database: SqliteDatabase): AppliedMigration[] {
  const hasTable = database
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'")
    .get();
  if (hasTable === undefined) return [];
  return database
    .prepare<[], AppliedMigration>('SELECT number, name, checksum FROM migrations ORDER BY number')
    .all();
}

function apply(database: SqliteDatabase, { number, name, sql, checksum }: Migration, nowMs: number): void {
  try {
    database.exec(sql);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(`migration ${name} failed and was undone: ${reason}`, { cause });
  }
  database.exec(CREATE_MIGRATIONS);
  database
    .prepare('INSERT INTO migrations (number, name, checksum, applied_at_ms) VALUES (?, ?, ?, ?)')
    .run(number, name, checksum, nowMs);
}
