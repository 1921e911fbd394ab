import type { ClientBase } from 'pg';
import { AppError } from '../../domain/errors.js';

/**
 * During a failover, a name may lead to a replica for a while: what that shows may be old, and it takes no writes.
 *
 * @throws UNAVAILABLE when the server is one
 */
export async function requirePrimary(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ isReplica: boolean }>('SELECT pg_is_in_recovery() AS "isReplica"');
  if (rows[0]?.isReplica) throw new AppError('UNAVAILABLE', 'the database is a replica now');
}
