import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { createDatabase, dropDatabase } from '../../postgres-cluster/databases.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { readMigrations } from '../../src/storage/migrations.js';
import { migratePostgres } from '../../src/storage/postgres/migrate-postgres.js';
import { dumpPostgresSchema } from '../migrations/dump-postgres-schema.js';

const DUMP_PATH = fileURLToPath(new URL('../../migrations/postgres/schema.sql', import.meta.url));
const REWRITE = 'UPDATE_SCHEMA=1 npx vitest run --project postgres test/postgres/schema-dump.test.ts';
const HEADER = `-- What the migrations of this folder make, as one text to read. Made by:\n-- ${REWRITE}\n\n`;

test('DV-3: the dump of the schema is what the migrations make, and can be run', async () => {
  const server = inject('postgresUrl');
  const migrated = await createDatabase(server);
  await migratePostgres(migrated);
  const dump = HEADER + (await dumpPostgresSchema(migrated));
  if (process.env['UPDATE_SCHEMA'] === '1') writeFileSync(DUMP_PATH, dump);
  const stored = readFileSync(DUMP_PATH, 'utf8');
  expect(stored, `schema.sql is out of date. Rewrite it with: ${REWRITE}`).toBe(dump);

  const copy = await createDatabase(server);
  await queryOnce(copy, stored);
  expect(HEADER + (await dumpPostgresSchema(copy))).toBe(stored);
  await Promise.all([migrated, copy].map((url) => dropDatabase(url)));
});

test('DV-3: the migrations of both engines have the same numbers and names', () => {
  const namesOf = (engine: 'sqlite' | 'postgres'): string[] => readMigrations(engine).map(({ name }) => name);
  expect(namesOf('postgres')).toEqual(namesOf('sqlite'));
});
