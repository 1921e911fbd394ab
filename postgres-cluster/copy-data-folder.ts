import { constants } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { giveToClusterOwner } from './cluster-owner.js';

/** Whose files are made anew by whoever starts on the copy. */
const EMPTIED = new Set(
  'pg_wal pg_replslot pg_dynshmem pg_notify pg_serial pg_snapshots pg_stat_tmp pg_subtrans pgsql_tmp'.split(
    ' ',
  ),
);

const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'pg_internal.init', 'backup_manifest']);

/**
 * Copies the data folder of a server that is running, between `pg_backup_start` and `pg_backup_stop`: what changes
 * meanwhile is in the log that the copy replays.
 */
export async function copyDataFolder(from: string, to: string): Promise<void> {
  // PostgreSQL refuses a folder that others may read.
  await mkdir(to, { mode: 0o700 });
  giveToClusterOwner(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (EMPTIED.has(entry.name)) {
      await mkdir(target, { mode: 0o700 });
      giveToClusterOwner(target);
    } else if (entry.isDirectory()) await copyDataFolder(source, target);
    else if (!LEFT_OUT.has(entry.name)) await copyIfThere(source, target);
  }
}

/** A table may be dropped while it is copied. */
async function copyIfThere(source: string, target: string): Promise<void> {
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  giveToClusterOwner(target);
}
