/** The `db` setting that keeps nothing. */
export const MEMORY_DB = 'memory:';

/** Whether a `db` setting is the URL of a PostgreSQL database; any other is the path of a database file. */
export function isPostgresUrl(db: string): boolean {
  return /^postgres(ql)?:\/\//.test(db);
}

/** A `db` setting as it may be shown: without a password. */
export function withoutPassword(db: string): string {
  if (!isPostgresUrl(db)) return db;
  // Up to the last @, because a password may have one that is not encoded.
  return db.replace(/^([^:]*:\/\/[^:@]*):.*@/, '$1@').replaceAll(/([?&][a-z]*password=)[^&]*/gi, '$1');
}
