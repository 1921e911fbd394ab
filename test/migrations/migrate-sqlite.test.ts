import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MigrationError, readMigrations } from '../../src/storage/migrations.js';
import { migrateSqlite } from '../../src/storage/sqlite/migrate-sqlite.js';
import { openDatabase, type SqliteDatabase } from '../../src/storage/sqlite/open-database.js';
import { dumpSchema } from './dump-schema.js';
import { makeMigrations } from './make-migrations.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const ownNames = readMigrations('sqlite').map(({ name }) => name);
const twoSteps = makeMigrations('CREATE TABLE one (a)', 'CREATE TABLE two (a); INSERT INTO one VALUES (1)');

describe('migrateSqlite', () => {
  test('ST-20: a fresh database gets every migration, and a row for each', () => {
    const database = openDatabase(':memory:');
    expect(migrateSqlite(database, { nowMs: 1234 })).toEqual(ownNames);
    expect(listRows(database)).toEqual(
      readMigrations('sqlite').map(({ number, name, checksum }) => ({
        number,
        name,
        checksum,
        applied_at_ms: 1234,
      })),
    );
    expect(database.prepare('SELECT id, name FROM communities').all()).toEqual([{ id: 1, name: 'default' }]);
  });

  test('ST-20: a second time there is nothing to do', () => {
    const database = openDatabase(':memory:');
    migrateSqlite(database, { nowMs: 1 });
    const before = [dumpSchema(database), listRows(database)];
    expect(migrateSqlite(database, { nowMs: 2 })).toEqual([]);
    expect([dumpSchema(database), listRows(database)]).toEqual(before);
  });

  test('ST-20: only what is missing is applied', () => {
    const database = openDatabase(':memory:');
    expect(migrateSqlite(database, { migrations: twoSteps.slice(0, 1) })).toEqual(['0001_step']);
    expect(migrateSqlite(database, { migrations: twoSteps })).toEqual(['0002_step']);
    expect(migrateSqlite(database, { migrations: twoSteps })).toEqual([]);
  });

  test('ST-20: an up-to-date database is only read, so that a writer does not hold up a start', () => {
    using folder = createTemporaryFolder();
    const path = join(folder.path, 'tidemark.db');
    const writer = openDatabase(path);
    migrateSqlite(writer);
    writer.exec('BEGIN IMMEDIATE');
    const statements: string[] = [];
    const starting = openDatabase(path, { onStatement: (sql) => statements.push(sql) });

    expect(migrateSqlite(starting)).toEqual([]);

    expect(statements.filter((sql) => sql.startsWith('BEGIN'))).toEqual([]);
    starting.close();
    writer.close();
  });

  test('ST-20: of 20 at once, each of which saw an empty database, one applies each migration', () => {
    using folder = createTemporaryFolder();
    const path = join(folder.path, 'tidemark.db');
    const applied = migrateNested(path, 20);
    expect(applied.flat()).toEqual(ownNames);
    const database = openDatabase(path);
    expect(listRows(database)).toHaveLength(ownNames.length);
    database.close();
  });

  test('ST-21: a database of a newer version is refused and left as it is', () => {
    const database = openDatabase(':memory:');
    migrateSqlite(database, { migrations: twoSteps });
    expect(() => migrateSqlite(database, { migrations: twoSteps.slice(0, 1) })).toThrow(
      'the database has migration 0002_step, which this version of Tidemark does not know',
    );
    expect(listRows(database)).toHaveLength(2);
  });

  test('ST-21: a file that was changed after it was applied is refused, before anything is applied', () => {
    const database = openDatabase(':memory:');
    migrateSqlite(database, { migrations: twoSteps.slice(0, 1) });
    const changed = makeMigrations('CREATE TABLE one (a, b)', 'CREATE TABLE two (a)');
    expect(() => migrateSqlite(database, { migrations: changed })).toThrow(
      'migration 0001_step was changed after it was applied',
    );
    expect(listRows(database)).toHaveLength(1);
  });

  test('ST-22: a failure in the middle of a file leaves nothing of that file, and all before it', () => {
    const database = openDatabase(':memory:');
    const broken = makeMigrations(
      'CREATE TABLE one (a); INSERT INTO one VALUES (1)',
      'CREATE TABLE two (a); UPDATE one SET a = 2; INSERT INTO missing VALUES (1); CREATE TABLE three (a)',
      'CREATE TABLE four (a)',
    );

    expect(() => migrateSqlite(database, { migrations: broken })).toThrow(
      new MigrationError('migration 0002_step failed and was undone: no such table: missing'),
    );

    expect(listTables(database)).toEqual(['migrations', 'one']);
    expect(database.prepare('SELECT a FROM one').all()).toEqual([{ a: 1 }]);
    expect(listRows(database)).toHaveLength(1);
    expect(database.inTransaction).toBe(false);
  });

  test('ST-22: a failure in the first file leaves an empty database, which can be migrated later', () => {
    const database = openDatabase(':memory:');
    const broken = makeMigrations('CREATE TABLE one (a); CREATE TABLE one (a)');
    expect(() => migrateSqlite(database, { migrations: broken })).toThrow('table one already exists');
    expect(listTables(database)).toEqual([]);
    expect(migrateSqlite(database)).toEqual(ownNames);
  });

  test('ST-22: a migration is recorded in its own transaction', () => {
    const statements: string[] = [];
    const database = openDatabase(':memory:', { onStatement: (sql) => statements.push(sql) });
    migrateSqlite(database, { migrations: twoSteps });
    const boundaries = statements.filter((sql) => /^(?:BEGIN|COMMIT|INSERT INTO migrations)/.test(sql));
    const oneFile = ['BEGIN IMMEDIATE', expect.stringMatching(/^INSERT INTO migrations/), 'COMMIT'];
    expect(boundaries).toEqual([...oneFile, ...oneFile]);
  });
});

/**
 * Migrates one file over `count` connections, each starting when the one before has found its first
 * migration missing and is about to take the lock. So the last gets the lock first, and all others hold
 * stale knowledge: what 20 processes do by chance, and at its worst.
 */
function migrateNested(path: string, count: number): string[][] {
  if (count === 0) return [];
  let inner: string[][] | undefined;
  const database = openDatabase(path, {
    onStatement: (sql) => {
      if (sql === 'BEGIN IMMEDIATE') inner ??= migrateNested(path, count - 1);
    },
  });
  const own = migrateSqlite(database);
  database.close();
  expect(inner).toHaveLength(count - 1);
  return [own, ...(inner ?? [])];
}

function listRows(database: SqliteDatabase): unknown[] {
  return database.prepare('SELECT * FROM migrations ORDER BY number').all();
}

function listTables(database: SqliteDatabase): string[] {
  return database
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all();
}
