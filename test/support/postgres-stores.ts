import { inject } from 'vitest';
import { createDatabase } from '../../postgres-cluster/databases.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import type { Clock } from '../../src/ports/clock.js';
import { migratePostgres } from '../../src/storage/postgres/migrate-postgres.js';
import { openPostgres } from '../../src/storage/postgres/open-postgres.js';
import type { PostgresStore } from '../../src/storage/postgres/postgres-store.js';
import { LocalChangeBus } from '../../src/system.js';
import type { OpenedStore, StoreKind } from './opened-store.js';

export interface OpenedPostgres extends OpenedStore {
  readonly store: PostgresStore;
  readonly url: string;
}

/** What migrations put into an empty database. */
const INITIAL_TABLES = ['communities', 'clocks', 'users'];

const REMEMBER = [
  'CREATE SCHEMA initial',
  ...INITIAL_TABLES.map((table) => `CREATE TABLE initial.${table} AS TABLE ${table}`),
].join(';');

/** To make a database takes a third of a second, to empty one a hundredth. */
const EMPTY = [
  'TRUNCATE communities CASCADE',
  ...INITIAL_TABLES.map((table) => `INSERT INTO ${table} TABLE initial.${table}`),
].join(';');

/** Of this file of tests, not in use now. They go with the server. */
const free: string[] = [];

/** A database with the schema and nothing else, for this test alone until it gives it back. */
async function takeDatabase(): Promise<string> {
  const url = free.pop();
  if (url !== undefined) {
    await queryOnce(url, EMPTY);
    return url;
  }
  const created = await createDatabase(inject('postgresUrl'));
  await migratePostgres(created);
  await queryOnce(created, REMEMBER);
  return created;
}

/** As another process on a database has it. */
export function openBeside(
  url: string,
  clock: Clock,
  changes = new LocalChangeBus(),
): Promise<PostgresStore> {
  return openPostgres({ url, maxConnections: 2, clock, changes });
}

/** On a database that nobody else uses meanwhile. */
export const postgresKind: StoreKind<OpenedPostgres> = {
  name: 'postgres',
  open: async (clock) => {
    const url = await takeDatabase();
    const store = await openBeside(url, clock);
    const close = async (): Promise<void> => {
      await store.close();
      free.push(url);
    };
    return { store, url, [Symbol.asyncDispose]: close };
  },
};
