import { Pool } from 'pg';
import type { ChangeBus } from '../../ports/change.js';
import type { Clock } from '../../ports/clock.js';
import { unfinishedCopyError } from '../unfinished-copy.js';
import { ChangeListener } from './change-listener.js';
import { connectionOptions } from './connection-options.js';
import { FIND_UNFINISHED_COPY } from './find-unfinished-copy.js';
import { PostgresCommitter } from './postgres-committer.js';
import { PostgresStore } from './postgres-store.js';
import { Queries } from './queries.js';
import { ReplicaReader } from './replica-reader.js';
import { WriterConnection } from './writer-connection.js';

export interface OpenPostgresOptions {
  readonly url: string;
  /** How many connections may read; one writes and one listens beside them. */
  readonly maxConnections: number;
  readonly clock: Clock;
  /** Where commits are announced. */
  readonly changes: ChangeBus;
  /** Of which conversations are listed where that can tell. */
  readonly replica?: ReplicaOptions | undefined;
}

export interface ReplicaOptions {
  readonly url: string;
  /** Told why it is not asked any more, and undefined when it answers again. */
  readonly report: (failure: Error | undefined) => void;
}

/**
 * Opens a database that has its schema.
 *
 * @throws StartupError when it is half a copy
 */
export async function openPostgres(options: OpenPostgresOptions): Promise<PostgresStore> {
  const { url, maxConnections, clock, changes } = options;
  const queries = new Queries();
  const connection = new WriterConnection(url);
  const announce = changes.publish.bind(changes);
  const pool = openPool(url, maxConnections);
  try {
    await requireFinished(pool);
    const ownProcessId = (): number | undefined => connection.processId;
    const listener = await ChangeListener.start({ url, announce, ownProcessId });
    const committer = new PostgresCommitter({ connection, queries, announce });
    const replica = await startReplica(options, queries).catch(async (error: unknown) => {
      await listener.close();
      throw error;
    });
    return new PostgresStore({ pool, queries, committer, listener, changes, clock, replica });
  } catch (error) {
    await pool.end();
    throw error;
  }
}

function openPool(url: string, maxConnections: number): Pool {
  const pool = new Pool({ ...connectionOptions(url), max: maxConnections });
  // Those that are lost while nobody uses them are not used again.
  pool.on('error', () => undefined);
  // Those that are lost while somebody uses them fail what he asks.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

async function requireFinished(pool: Pool): Promise<void> {
  const { rows } = await pool.query(FIND_UNFINISHED_COPY);
  if (rows.length > 0) throw unfinishedCopyError();
}

async function startReplica(
  { url, maxConnections, changes, replica }: OpenPostgresOptions,
  queries: Queries,
): Promise<ReplicaReader | undefined> {
  if (replica === undefined) return undefined;
  const { url: replicaUrl, report } = replica;
  return ReplicaReader.start({ url, replicaUrl, maxConnections, queries, changes, report });
}
