import type { Config } from '../config/settings.js';
import { StartupError } from '../domain/startup-error.js';
import { MEMORY_DB } from '../ports/database-name.js';
import { migrateStore } from '../storage/open-store.js';

/** Brings the schema of the database up to date. Returns the names of the migrations that were applied. */
export async function migrate({ db }: Pick<Config, 'db'>): Promise<string[]> {
  if (db === MEMORY_DB) {
    throw new StartupError(
      `${MEMORY_DB} has no schema to migrate: name a database file with --db (TIDEMARK_DB)`,
    );
  }
  return migrateStore(db);
}
