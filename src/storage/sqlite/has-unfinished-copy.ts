import { UNFINISHED_COPY } from '../unfinished-copy.js';
import type { SqliteDatabase } from './open-database.js';

export function hasUnfinishedCopy(database: SqliteDatabase): boolean {
  const query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?";
  return database.prepare(query).get(UNFINISHED_COPY) !== undefined;
}
