import type { Client } from 'pg';
import { StartupError } from '../../domain/startup-error.js';
import { unfinishedCopyError } from '../unfinished-copy.js';
import { FIND_UNFINISHED_COPY } from './find-unfinished-copy.js';

/** Servers share it, a copy has it alone. Any number will do that no other program on the database takes. */
export const USE_LOCK = 7_430_173_252;

/**
 * Makes a connection one of a server's: for as long as it is there, no copy into the database begins.
 *
 * @throws StartupError while a copy has the database, or when one was not finished
 */
export async function shareDatabase(client: Client): Promise<void> {
  const { rows } = await client.query<{ isShared: boolean }>(
    'SELECT pg_try_advisory_lock_shared($1) AS "isShared"',
    [USE_LOCK],
  );
  if (!rows[0]?.isShared) throw new StartupError('a copy into it is under way: wait for its end');
  const unfinished = await client.query(FIND_UNFINISHED_COPY);
  if (unfinished.rows.length > 0) throw unfinishedCopyError();
}
