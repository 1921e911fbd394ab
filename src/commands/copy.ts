import { resolve } from 'node:path';
import { StartupError } from '../domain/startup-error.js';
import { isPostgresUrl, MEMORY_DB, withoutPassword } from '../ports/database-name.js';
import { type CopiedTables, copyTables } from '../storage/copy-tables.js';
import { openCopySource, openCopyTarget } from '../storage/open-store.js';

export interface CopyRequest {
  readonly from: string;
  readonly to: string;
  /** Called with a line that says how far the copy is. */
  readonly report: (line: string) => void;
}

/**
 * Copies a whole store into an empty database, of the same engine or the other. Versions, ids and clocks stay what
 * they are, and so cursors stay valid. A copy that was broken off is continued by the same command.
 */
export async function copy({ from, to, report }: CopyRequest): Promise<CopiedTables> {
  for (const db of [from, to]) {
    if (db === MEMORY_DB) {
      throw new StartupError(
        `${MEMORY_DB} ends with its process: name database files or PostgreSQL databases`,
      );
    }
  }
  const sourceName = identifyDatabase(from);
  if (sourceName === identifyDatabase(to)) throw new StartupError('--from and --to name the same database');
  await using source = await openAs('--from', () => openCopySource(from));
  await using target = await openAs('--to', () => openCopyTarget(to));
  return await copyTables({ source, target, sourceName, report });
}

/** The same for the same database, wherever the command is run; without a password, since the target keeps it. */
export function identifyDatabase(db: string): string {
  return isPostgresUrl(db) ? withoutPassword(db) : resolve(db);
}

/** What stores say of a database calls it by the flag that names it for all other commands. */
async function openAs<Opened>(flag: '--from' | '--to', open: () => Promise<Opened>): Promise<Opened> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    throw new StartupError(error.message.replace('--db (TIDEMARK_DB)', flag), { cause: error });
  }
}
