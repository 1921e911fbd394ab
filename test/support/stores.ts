import { join } from 'node:path';
import type { Clock } from '../../src/ports/clock.js';
import type { openStore as OpenStore } from '../../src/storage/open-store.js';
import { MemoryStore } from '../../src/storage/memory/memory-store.js';
import { InlineCommitter } from '../../src/storage/sqlite/inline-committer.js';
import { migrateSqlite } from '../../src/storage/sqlite/migrate-sqlite.js';
import { openDatabase, type SqliteDatabase } from '../../src/storage/sqlite/open-database.js';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.js';
import { LocalChangeBus } from '../../src/system.js';
import { chosenStores, isOnPostgres } from './chosen-stores.js';
import type { OpenedStore, StoreKind } from './opened-store.js';
import { postgresKind } from './postgres-stores.js';
import { createTemporaryFolder } from './temporary-folder.js';

/** What ran on a database since the log was last cleared, with the values in their places. */
export interface StatementLog {
  readonly statements: string[];
  /** Called before each statement, which does not run when this throws. */
  intercept: ((sql: string) => void) | undefined;
}

export interface OpenedSqlite extends OpenedStore {
  readonly database: SqliteDatabase;
  readonly path: string;
  readonly log: StatementLog;
}

export const memoryKind: StoreKind = {
  name: 'memory',
  open: async (clock) => {
    const store = new MemoryStore({ clock, changes: new LocalChangeBus() });
    return { store, [Symbol.asyncDispose]: () => store.close() };
  },
};

/** In a file of its own, which goes with the store. */
export const sqliteKind: StoreKind<OpenedSqlite> = {
  name: 'sqlite',
  open: async (clock) => {
    const folder = createTemporaryFolder();
    const path = join(folder.path, 'tidemark.db');
    const log: StatementLog = { statements: [], intercept: undefined };
    const database = openDatabase(path, {
      onStatement: (sql) => {
        log.statements.push(sql);
        log.intercept?.(sql);
      },
    });
    migrateSqlite(database);
    log.statements.length = 0;
    const store = openInline(database, clock);
    const close = async (): Promise<void> => {
      if (database.open) await store.close();
      folder[Symbol.dispose]();
    };
    return { store, database, path, log, [Symbol.asyncDispose]: close };
  },
};

/** On an open database with its schema, whatever is in it. */
export function openInline(database: SqliteDatabase, clock: Clock): SqliteStore {
  const changes = new LocalChangeBus();
  const committer = new InlineCommitter(database, (change) => changes.publish(change));
  return new SqliteStore({ database, committer, changes, clock });
}

/** Without a file, for tests that open many and do not ask what is on disk. */
export const volatileSqliteKind: StoreKind<OpenedStore & Pick<OpenedSqlite, 'database'>> = {
  name: 'sqlite',
  open: async (clock) => {
    const database = openDatabase(':memory:');
    migrateSqlite(database);
    const store = openInline(database, clock);
    return { store, database, [Symbol.asyncDispose]: () => store.close() };
  },
};

/** As the built server opens it: in a file, with a thread that writes. */
export const threadedSqliteKind: StoreKind = {
  name: 'sqlite with a writer thread',
  open: async (clock) => {
    const folder = createTemporaryFolder();
    const built = new URL('../../dist/storage/open-store.js', import.meta.url).href;
    const { openStore } = (await import(built)) as { readonly openStore: typeof OpenStore };
    const store = await openStore({
      db: join(folder.path, 'tidemark.db'),
      clock,
      writer: 'thread',
      isShared: false,
      changes: new LocalChangeBus(),
    });
    const close = async (): Promise<void> => {
      await store.close();
      folder[Symbol.dispose]();
    };
    return { store, [Symbol.asyncDispose]: close };
  },
};

/** Every store that the contract is tested on. */
export const storeKinds: readonly StoreKind[] =
  chosenStores === 'built' ? [threadedSqliteKind] : isOnPostgres ? [postgresKind] : [memoryKind, sqliteKind];

/** Under servers of tests that do not say on what: the quickest of what is chosen. */
export const serverKind: StoreKind = isOnPostgres ? postgresKind : memoryKind;

/** The same, where a file is wanted. */
export const filedServerKind: StoreKind = isOnPostgres ? postgresKind : sqliteKind;

/** An SQL engine that is held against the model, as quick to open and to write as it can be. */
export const quickSqlKind: StoreKind = isOnPostgres ? postgresKind : volatileSqliteKind;

/** The same stores, as quick to open and to write as they can be. */
export const quickStoreKinds: readonly StoreKind[] = isOnPostgres
  ? [postgresKind]
  : [memoryKind, volatileSqliteKind];
