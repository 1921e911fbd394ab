import type { SqliteDatabase } from '../../src/storage/sqlite/open-database.js';

/** The statements that make a database's schema, tables first, each kind by name: so it can be run. */
export function dumpSchema(database: SqliteDatabase): string {
  const statements = database
    .prepare<[], string>(
      `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       ORDER BY type = 'table' DESC, type, name`,
    )
    .pluck()
    .all();
  return statements.map((sql) => `${sql};\n`).join('\n');
}
