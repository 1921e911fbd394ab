import type { ChangeBus } from '../../ports/change.js';
import type { Clock } from '../../ports/clock.js';
import { unfinishedCopyError } from '../unfinished-copy.js';
import { ChangeListener } from './change-listener.js';
import { connectionOptions } from './connection-options.js';
import { FIND_UNFINISHED_COPY } from './find-unfinished-copy.js';
import { PostgresCommitter } from './postgres-committer.js';
import { PostgresStore } from './postgres-store.js';
import { Queries } from './queries.js';
import { ReadingConnections } from './reading-connections.js';
import { ReplicaReader } from './replica-reader.js';
import { requirePrimary } from './require-primary.js';
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
  const connections = new ReadingConnections({
    config: connectionOptions(url),
    maxConnections,
    check: requirePrimary,
  });
  const ownProcessId = (): number | undefined => connection.processId;
  const listener = await ChangeListener.start({ url, announce, ownProcessId });
  try {
    // After it can be seen to listen: of this process and a copy into the database, one notices the other.
    await requireFinished(connections);
    const committer = new PostgresCommitter({ connection, queries, announce });
    const replica = await startReplica(options, queries);
    return new PostgresStore({ connections, queries, committer, listener, changes, clock, replica });
  } catch (error) {
    await Promise.all([listener.close(), connections.end()]);
    throw error;
  }
}

async function requireFinished(connections: ReadingConnections): Promise<void> {
  const { rows } = await connections.query({ text: FIND_UNFINISHED_COPY });
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
