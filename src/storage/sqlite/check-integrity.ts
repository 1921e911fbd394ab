import Database from 'better-sqlite3';
import type { SqliteDatabase } from './open-database.js';

/** Reading so much takes a fifth of a second from memory. A start must not take longer with every message. */
const CHECKED_BYTES = 128 * 1024 * 1024;

/**
 * Reads a whole database that is small enough, so that a broken structure stops the start and not somebody's
 * request; SQLite keeps no checksums that would tell of other damage. Of a larger one it notices a damaged
 * header, schema or length when it is opened, and damage in the middle when that is read.
 *
 * @throws SqliteError SQLITE_CORRUPT
 */
export function checkIntegrity(database: SqliteDatabase): void {
  const pages = Number(database.pragma('page_count', { simple: true }));
  const pageBytes = Number(database.pragma('page_size', { simple: true }));
  if (pages * pageBytes > CHECKED_BYTES) return;
  const finding = String(database.pragma('quick_check(1)', { simple: true }));
  if (finding !== 'ok') throw new Database.SqliteError(finding, 'SQLITE_CORRUPT');
}
