import { notMigratedError } from '../migrations.js';
import type { CopySource } from '../tables.js';
import { unfinishedCopyError } from '../unfinished-copy.js';
import { listPending } from './migrate-postgres.js';
import { PostgresTables } from './postgres-tables.js';

/** A PostgreSQL database that is only read. */
export class PostgresCopySource extends PostgresTables implements CopySource {
  /** @throws StartupError when it cannot be reached, has another schema, or is itself half a copy */
  static async open(url: string): Promise<PostgresCopySource> {
    const source = new PostgresCopySource(url);
    try {
      await source.attempt(() => requireMigrated(url));
      await source.connect();
      await source.attempt(() => source.#requireFinished());
      return source;
    } catch (error) {
      await source[Symbol.asyncDispose]();
      throw error;
    }
  }

  async takeSnapshot(): Promise<void> {
    // Ends the one before, if there was one.
    await this.run('COMMIT');
    await this.run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // The first statement that reads is what takes it.
    await this.run('SELECT 1 FROM migrations LIMIT 1');
  }

  async #requireFinished(): Promise<void> {
    if (await this.hasUnfinishedCopy()) throw unfinishedCopyError();
  }
}

async function requireMigrated(url: string): Promise<void> {
  if ((await listPending(url)).length > 0) throw notMigratedError();
}
