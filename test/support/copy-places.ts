import { join } from 'node:path';
import { inject } from 'vitest';
import { createDatabase } from '../../postgres-cluster/databases.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { identifyDatabase } from '../../src/commands/copy.js';
import type { Clock } from '../../src/ports/clock.js';
import { type CopiedTables, copyTables } from '../../src/storage/copy-tables.js';
import { openCopySource, openCopyTarget, openStore } from '../../src/storage/open-store.js';
import { openDatabase } from '../../src/storage/sqlite/open-database.js';
import { LocalChangeBus } from '../../src/system.js';
import { isOnPostgres } from './chosen-stores.js';
import type { OpenedStore } from './opened-store.js';
import { createTemporaryFolder } from './temporary-folder.js';

/** Where stores are copied from and to. */
export interface CopyPlace extends AsyncDisposable {
  /** A database that is empty or does not exist yet, as `--from` and `--to` name it. */
  newDatabase(): Promise<string>;
  /** What whoever has the database in hand can do. */
  execute(db: string, sql: string): Promise<void>;
}

export type CopyPlaceName = 'SQLite' | 'PostgreSQL';

export function openPlace(name: CopyPlaceName): CopyPlace {
  return name === 'SQLite' ? sqlitePlace() : postgresPlace;
}

/** From where to where stores are copied here, by what vitest.config.ts says that tests run on. */
export const copyRoutes: readonly (readonly [from: CopyPlaceName, to: CopyPlaceName])[] = isOnPostgres
  ? [
      ['SQLite', 'PostgreSQL'],
      ['PostgreSQL', 'SQLite'],
      ['PostgreSQL', 'PostgreSQL'],
    ]
  : [['SQLite', 'SQLite']];

function sqlitePlace(): CopyPlace {
  const folder = createTemporaryFolder();
  let count = 0;
  return {
    newDatabase: () => Promise.resolve(join(folder.path, `${(count += 1)}.db`)),
    execute: async (db, sql) => {
      const database = openDatabase(db);
      database.exec(sql);
      database.close();
    },
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
}

/** Its databases go with the server. */
const postgresPlace: CopyPlace = {
  newDatabase: () => createDatabase(inject('postgresUrl')),
  execute: async (db, sql) => void (await queryOnce(db, sql)),
  [Symbol.asyncDispose]: async () => undefined,
};

/** As a server has it. */
export async function openAt(db: string, clock: Clock): Promise<OpenedStore> {
  const store = await openStore({ db, clock, changes: new LocalChangeBus() });
  return { store, [Symbol.asyncDispose]: () => store.close() };
}

export interface ReportedCopy extends CopiedTables {
  readonly lines: readonly string[];
}

export interface CopyHooks {
  /** Called before each batch is written. */
  readonly beforeWrite?: () => Promise<void> | void;
  /** Called when all is written. */
  readonly beforeComparing?: () => Promise<void>;
}

/** As the command does it, with something happening meanwhile. */
export async function copyReported(from: string, to: string, hooks: CopyHooks = {}): Promise<ReportedCopy> {
  const lines: string[] = [];
  await using source = await openCopySource(from);
  await using target = await openCopyTarget(to);
  const writeRows = target.writeRows.bind(target);
  const takeSnapshot = source.takeSnapshot.bind(source);
  target.writeRows = async (...args) => {
    await hooks.beforeWrite?.();
    await writeRows(...args);
  };
  source.takeSnapshot = async () => {
    if (lines.length > 0) await hooks.beforeComparing?.();
    await takeSnapshot();
  };
  const report = (line: string): void => void lines.push(line);
  const sourceName = identifyDatabase(from);
  return { ...(await copyTables({ source, target, sourceName, report })), lines };
}
