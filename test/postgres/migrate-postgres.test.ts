import { describe, expect, inject, test } from 'vitest';
import { createDatabase } from '../../postgres-cluster/databases.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { MigrationError, readMigrations } from '../../src/storage/migrations.js';
import { migratePostgres } from '../../src/storage/postgres/migrate-postgres.js';
import { dumpPostgresSchema } from '../migrations/dump-postgres-schema.js';
import { makeMigrations } from '../migrations/make-migrations.js';

const ownNames = readMigrations('postgres').map(({ name }) => name);
const twoSteps = makeMigrations(
  'CREATE TABLE one (a int)',
  'CREATE TABLE two (a int); INSERT INTO one VALUES (1)',
);

function open(): Promise<string> {
  return createDatabase(inject('postgresUrl'));
}

function listRows(url: string): Promise<unknown[]> {
  return queryOnce(
    url,
    `SELECT CAST(number AS INTEGER) AS number, name, checksum, CAST(applied_at_ms AS DOUBLE PRECISION) AS applied_at_ms
     FROM migrations ORDER BY number`,
  );
}

async function listTables(url: string): Promise<unknown[]> {
  const query = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
  return (await queryOnce<{ name: string }>(url, query)).map(({ name }) => name);
}

describe('migratePostgres', () => {
  test('ST-20: a fresh database gets every migration, and a row for each', async () => {
    const url = await open();
    expect(await migratePostgres(url, { nowMs: 1234 })).toEqual(ownNames);
    expect(await listRows(url)).toEqual(
      readMigrations('postgres').map(({ number, name, checksum }) => ({
        number,
        name,
        checksum,
        applied_at_ms: 1234,
      })),
    );
    expect(await queryOnce(url, 'SELECT name FROM communities')).toEqual([{ name: 'default' }]);
  });

  test('ST-20: a second time there is nothing to do, and nothing is written', async () => {
    const url = await open();
    await migratePostgres(url, { nowMs: 1 });
    const before = [await dumpPostgresSchema(url), await listRows(url)];
    await queryOnce(url, `ALTER DATABASE ${await nameOf(url)} SET default_transaction_read_only = on`);
    expect(await migratePostgres(url, { nowMs: 2 })).toEqual([]);
    expect([await dumpPostgresSchema(url), await listRows(url)]).toEqual(before);
  });

  test('ST-20: only what is missing is applied', async () => {
    const url = await open();
    expect(await migratePostgres(url, { migrations: twoSteps.slice(0, 1) })).toEqual(['0001_step']);
    expect(await migratePostgres(url, { migrations: twoSteps })).toEqual(['0002_step']);
    expect(await migratePostgres(url, { migrations: twoSteps })).toEqual([]);
  });

  test('ST-20: of 20 at once, one applies each migration', async () => {
    const url = await open();
    const applied = await Promise.all(Array.from({ length: 20 }, () => migratePostgres(url)));
    expect(applied.flat()).toEqual(ownNames);
    expect(await listRows(url)).toHaveLength(ownNames.length);
  });

  test('ST-21: a database of a newer version is refused and left as it is', async () => {
    const url = await open();
    await migratePostgres(url, { migrations: twoSteps });
    await expect(migratePostgres(url, { migrations: twoSteps.slice(0, 1) })).rejects.toThrow(
      'the database has migration 0002_step, which this version of Tidemark does not know',
    );
    expect(await listRows(url)).toHaveLength(2);
  });

  test('ST-21: a file that was changed after it was applied is refused, before anything is applied', async () => {
    const url = await open();
    await migratePostgres(url, { migrations: twoSteps.slice(0, 1) });
    const changed = makeMigrations('CREATE TABLE one (a int, b int)', 'CREATE TABLE two (a int)');
    await expect(migratePostgres(url, { migrations: changed })).rejects.toThrow(
      'migration 0001_step was changed after it was applied',
    );
    expect(await listRows(url)).toHaveLength(1);
  });

  test('ST-22: a failure in the middle of a file leaves nothing of that file, and all before it', async () => {
    const url = await open();
    const broken = makeMigrations(
      'CREATE TABLE one (a int); INSERT INTO one VALUES (1)',
      'CREATE TABLE two (a int); UPDATE one SET a = 2; INSERT INTO missing VALUES (1)',
      'CREATE TABLE four (a int)',
    );
    await expect(migratePostgres(url, { migrations: broken })).rejects.toThrow(
      new MigrationError('migration 0002_step failed and was undone: relation "missing" does not exist'),
    );
    expect(await listTables(url)).toEqual(['migrations', 'one']);
    expect(await queryOnce(url, 'SELECT a FROM one')).toEqual([{ a: 1 }]);
    expect(await listRows(url)).toHaveLength(1);
  });
});

async function nameOf(url: string): Promise<string> {
  const [row] = await queryOnce<{ name: string }>(url, 'SELECT current_database() AS name');
  return row?.name ?? '';
}
