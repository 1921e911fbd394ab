import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  MigrationError,
  planMigrations,
  readMigrations,
  readMigrationsFrom,
} from '../../src/storage/migrations.js';
import { makeMigrations } from './make-migrations.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const known = makeMigrations('one', 'two', 'three');

describe('planMigrations', () => {
  test('ST-20: what is not applied yet is to be applied, in the order of the numbers', () => {
    expect(planMigrations(known, [])).toEqual(known);
    expect(planMigrations(known, known.slice(0, 2).toReversed())).toEqual(known.slice(2));
    expect(planMigrations(known, known)).toEqual([]);
  });

  test('ST-21: a newer schema is refused, by the name of its newest migration', () => {
    const newer = [
      ...known,
      { number: 4, name: '0004_later', checksum: 'c' },
      { number: 5, name: '0005_last', checksum: 'c' },
    ];
    expect(() => planMigrations(known, newer)).toThrow(
      new MigrationError(
        'the database has migration 0005_last, which this version of Tidemark does not know: ' +
          'start the version that made it, or a newer one',
      ),
    );
  });

  test.each(['checksum', 'name'])('ST-21: an applied migration whose %s differs is refused', (field) => {
    const applied = known.map((migration) =>
      migration.number === 2 ? { ...migration, [field]: 'other' } : migration,
    );
    expect(() => planMigrations(known, applied)).toThrow(
      /^migration 0002_step was changed after it was applied/,
    );
  });

  test('ST-21: a database that leaves one out is refused', () => {
    const applied = known.filter(({ number }) => number !== 2);
    expect(() => planMigrations(known, applied)).toThrow('the database lacks migration 0002_step');
  });
});

describe('readMigrations', () => {
  test('ST-20: a migration is a numbered file; the dump of the schema is none', () => {
    using folder = createTemporaryFolder();
    writeFileSync(join(folder.path, '0002_second.sql'), 'SELECT 2;\n');
    writeFileSync(join(folder.path, '0001_first.sql'), 'SELECT 1;\n');
    writeFileSync(join(folder.path, 'schema.sql'), 'CREATE TABLE t (a);\n');
    const checksum = createHash('sha256').update('SELECT 1;\n').digest('hex');

    const migrations = readMigrationsFrom(folder.path + sep);

    expect(migrations[0]).toEqual({ number: 1, name: '0001_first', sql: 'SELECT 1;\n', checksum });
    expect(migrations.map(({ name }) => name)).toEqual(['0001_first', '0002_second']);
  });

  test('ST-21: line endings do not make a file another one', () => {
    using folder = createTemporaryFolder();
    writeFileSync(join(folder.path, '0001_first.sql'), 'SELECT 1;\nSELECT 2;\n');
    const [asWritten] = readMigrationsFrom(folder.path + sep);
    writeFileSync(join(folder.path, '0001_first.sql'), 'SELECT 1;\r\nSELECT 2;\r\n');
    expect(readMigrationsFrom(folder.path + sep)).toEqual([asWritten]);
  });

  test.each([
    ['a hole', ['0001_a.sql', '0003_c.sql']],
    ['a number twice', ['0001_a.sql', '0001_b.sql']],
    ['a number that does not start at 1', ['0000_a.sql']],
    ['a name without a number', ['0001_a.sql', 'fix.sql']],
  ])('ST-21: files with %s are refused', (_what, fileNames) => {
    using folder = createTemporaryFolder();
    for (const fileName of fileNames) writeFileSync(join(folder.path, fileName), '');
    expect(() => readMigrationsFrom(folder.path + sep)).toThrow(/should be named 000[12]_/);
  });

  test('ST-20: the program brings its own', () => {
    expect(readMigrations('sqlite')[0]).toMatchObject({ number: 1, name: '0001_conversations' });
  });
});
