import type { ChangeBus } from '../../ports/change.js';
import type { Clock } from '../../ports/clock.js';
import { StoreWrites } from '../sql/store-writes.js';
import { WriteQueue } from '../sql/write-queue.js';
import type { ChangeListener } from './change-listener.js';
import type { PostgresCommitter } from './postgres-committer.js';
import { isConnectionLost, translateError } from './postgres-errors.js';
import type { Queries } from './queries.js';
import type { ReadingConnections } from './reading-connections.js';
import type { ReplicaReader } from './replica-reader.js';
import { Statements } from './statements.js';

export interface PostgresStoreParts {
  /** What is read from. */
  readonly connections: ReadingConnections;
  readonly queries: Queries;
  readonly committer: PostgresCommitter;
  readonly listener: ChangeListener;
  readonly changes: ChangeBus;
  readonly clock: Clock;
  readonly replica: ReplicaReader | undefined;
}

/**
 * How the store gets at its database. A read of one statement is a snapshot by itself; one of several has a
 * transaction that sees one. Writes are collected and committed in groups.
 */
export abstract class PostgresAccess extends StoreWrites {
  protected readonly clock: Clock;
  protected readonly changes: ChangeBus;
  readonly #connections: ReadingConnections;
  readonly #queries: Queries;
  readonly #listener: ChangeListener;
  readonly #replica: ReplicaReader | undefined;

  constructor({ connections, queries, committer, listener, changes, clock, replica }: PostgresStoreParts) {
    super(new WriteQueue(committer, { clock }));
    this.clock = clock;
    this.changes = changes;
    this.#connections = connections;
    this.#queries = queries;
    this.#listener = listener;
    this.#replica = replica;
  }

  async close(): Promise<void> {
    await this.writer.close();
    await Promise.all([this.#listener.close(), this.#connections.end(), this.#replica?.close()]);
  }

  /** Undefined while this process cannot know how far a replica has to be. */
  protected get replica(): ReplicaReader | undefined {
    return this.#listener.isCurrent ? this.#replica : undefined;
  }

  /** A read of one statement. */
  protected async readOne<Result>(query: (sql: Statements) => Promise<Result>): Promise<Result> {
    try {
      return await query(new Statements(this.#connections, this.#queries));
    } catch (error) {
      throw translateError(error);
    }
  }

  /** A read of several. Its last result is the answer already; the transaction ends while that is on its way. */
  protected async read<Result>(query: (sql: Statements) => Promise<Result>): Promise<Result> {
    const client = await this.#connections.connect().catch((error: unknown) => {
      throw translateError(error);
    });
    const begun = client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    let lost: Error | undefined;
    try {
      const [result] = await Promise.all([query(new Statements(client, this.#queries)), begun]);
      return result;
    } catch (error) {
      if (isConnectionLost(error)) lost = error as Error;
      throw translateError(error);
    } finally {
      const release = (): void => client.release(lost ?? false);
      client.query('COMMIT').then(release, (error: Error) => client.release(error));
    }
  }
}
