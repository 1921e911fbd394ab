import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { migrateSqlite } from '../../src/storage/sqlite/migrate-sqlite.js';
import { openDatabase } from '../../src/storage/sqlite/open-database.js';
import { dumpSchema } from './dump-schema.js';

const DUMP_PATH = fileURLToPath(new URL('../../migrations/sqlite/schema.sql', import.meta.url));
const REWRITE = 'UPDATE_SCHEMA=1 npx vitest run --project unit test/migrations/schema-dump.test.ts';
const HEADER = `-- What the migrations of this folder make, as one text to read. Made by:\n-- ${REWRITE}\n\n`;

test('DV-3: the dump of the schema is what the migrations make', () => {
  const database = openDatabase(':memory:');
  migrateSqlite(database);
  const dump = HEADER + dumpSchema(database);
  if (process.env['UPDATE_SCHEMA'] === '1') writeFileSync(DUMP_PATH, dump);

  expect(readFileSync(DUMP_PATH, 'utf8'), `schema.sql is out of date. Rewrite it with: ${REWRITE}`).toBe(
    dump,
  );
});

test('DV-3: the dump of the schema can be run', () => {
  const migrated = openDatabase(':memory:');
  migrateSqlite(migrated);
  const copy = openDatabase(':memory:');
  copy.exec(readFileSync(DUMP_PATH, 'utf8'));
  expect(dumpSchema(copy)).toBe(dumpSchema(migrated));
});
