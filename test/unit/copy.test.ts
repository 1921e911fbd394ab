import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copy, identifyDatabase } from '../../src/commands/copy.js';
import { StartupError } from '../../src/domain/startup-error.js';
import { migrateStore } from '../../src/storage/open-store.js';
import { openDatabase, type SqliteDatabase } from '../../src/storage/sqlite/open-database.js';
import { migrateSqlite } from '../../src/storage/sqlite/migrate-sqlite.js';
import { SqliteTables } from '../../src/storage/sqlite/sqlite-tables.js';
import { TABLES } from '../../src/storage/tables.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const report = (): void => undefined;

describe('the tables of a copy', () => {
  test('OP-15: they are all that migrations make, with their primary keys', async () => {
    using database = openMigrated();
    const listed = TABLES.map(({ name }) => name);
    const query =
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migrations' ORDER BY name";
    expect(listed.toSorted()).toEqual(database.prepare(query).pluck().all());
    for (const { name, key } of TABLES) {
      const primary = 'SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk';
      expect([name, database.prepare(primary).pluck().all(name)]).toEqual([name, key]);
    }
    expect(listed.at(-1)).toBe('clocks');
  });

  test('OP-15: each comes after those that it refers to', () => {
    using database = openMigrated();
    for (const [index, { name }] of TABLES.entries()) {
      const query = 'SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)';
      const earlier = TABLES.slice(0, index).map((table) => table.name);
      expect(earlier).toEqual(expect.arrayContaining(database.prepare(query).pluck().all(name)));
    }
  });

  test('OP-15: a column that one of the two sides lacks is named', async () => {
    using folder = createTemporaryFolder();
    const [from, to] = [join(folder.path, 'from.db'), join(folder.path, 'to.db')];
    await migrateStore(from);
    await migrateStore(to);
    const database = openDatabase(from);
    database.exec("ALTER TABLE users ADD COLUMN mood TEXT NOT NULL DEFAULT ''");
    database.close();
    await expect(copy({ from, to, report })).rejects.toThrow(/the columns of users differ/);
  });

  test('OP-15: columns of an unknown type are a defect', async () => {
    using database = openMigrated();
    database.exec('CREATE TABLE floats (a REAL)');
    await expect(new SqliteTables(database, 'x').listColumns('floats')).rejects.toThrow('type REAL');
  });
});

describe('what cannot be copied', () => {
  test('OP-16: a source that does not exist is not made', async () => {
    using folder = createTemporaryFolder();
    const from = join(folder.path, 'none.db');
    const to = join(folder.path, 'to.db');
    await expect(copy({ from, to, report })).rejects.toThrow(`${from} does not exist: correct --from`);
    expect([existsSync(from), existsSync(to)]).toEqual([false, false]);
  });

  test('OP-16: a source without the schema, or no database at all, is named', async () => {
    using folder = createTemporaryFolder();
    const from = join(folder.path, 'from.db');
    const to = join(folder.path, 'to.db');
    openDatabase(from).close();
    await expect(copy({ from, to, report })).rejects.toThrow(
      `${from}: it lacks this version's schema: run tidemark migrate`,
    );
    const text = join(folder.path, 'notes.txt');
    writeFileSync(text, 'no database '.repeat(1000));
    await expect(copy({ from: text, to, report })).rejects.toThrow(/is not a SQLite database.*with --from/);
    await migrateStore(from);
    await expect(copy({ from, to: text, report })).rejects.toThrow(/is not a SQLite database.*with --to/);
  });

  test('OP-16: neither memory, nor a database into itself', async () => {
    using folder = createTemporaryFolder();
    const db = join(folder.path, 'x.db');
    await migrateStore(db);
    for (const request of [
      { from: 'memory:', to: db },
      { from: db, to: 'memory:' },
    ]) {
      await expect(copy({ ...request, report })).rejects.toThrow(StartupError);
    }
    const to = join(folder.path, '..', folder.path.split('/').at(-1) ?? '', 'x.db');
    await expect(copy({ from: db, to, report })).rejects.toThrow('the same database');
  });

  test('OP-16: what the target remembers of its source has no password', () => {
    expect(identifyDatabase('postgres://me:secret@host/db?sslpassword=secret')).toBe(
      'postgres://me@host/db?sslpassword=',
    );
    expect(identifyDatabase('data/x.db')).toBe(resolve('data/x.db'));
  });
});

/** Gone at the end of the block that holds it. */
function openMigrated(): SqliteDatabase & Disposable {
  const database = openDatabase(':memory:');
  migrateSqlite(database);
  return Object.assign(database, { [Symbol.dispose]: () => void database.close() });
}
