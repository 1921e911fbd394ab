import { afterAll, beforeAll } from 'vitest';
import { PostgresCluster } from '../../postgres-cluster/postgres-cluster.js';
import { PostgresReplica } from '../../postgres-cluster/postgres-replica.js';
import type { ChangeBus } from '../../src/ports/change.js';
import type { Clock } from '../../src/ports/clock.js';
import { migratePostgres } from '../../src/storage/postgres/migrate-postgres.js';
import { openPostgres } from '../../src/storage/postgres/open-postgres.js';
import type { PostgresStore } from '../../src/storage/postgres/postgres-store.js';
import { LocalChangeBus } from '../../src/system.js';

/** So that what is asked can be read in the log. */
const SETTINGS = { log_statement: 'all' };

/** How a list of conversations begins, in the log. */
const LIST = /reader AS MATERIALIZED/g;

export interface ReadingOptions {
  readonly clock: Clock;
  readonly changes?: ChangeBus;
  readonly report?: (failure: Error | undefined) => void;
}

/** How many lists of conversations a server was asked for. */
export interface Asked {
  readonly primary: number;
  readonly replica: number;
}

export const REPLICA_ONLY: Asked = { primary: 0, replica: 1 };
export const PRIMARY_ONLY: Asked = { primary: 1, replica: 0 };
export const BOTH: Asked = { primary: 1, replica: 1 };

/** A PostgreSQL and a streaming replica of it. */
export class ReplicatedPostgres implements AsyncDisposable {
  readonly primary: PostgresCluster;
  readonly replica: PostgresReplica;

  private constructor(primary: PostgresCluster, replica: PostgresReplica) {
    this.primary = primary;
    this.replica = replica;
  }

  static async start(): Promise<ReplicatedPostgres> {
    const primary = await PostgresCluster.start({ settings: SETTINGS });
    return new ReplicatedPostgres(primary, await PostgresReplica.start(primary));
  }

  /** An empty database with its schema, which the replica has as well. */
  async createDatabase(): Promise<string> {
    const url = await this.primary.createDatabase();
    await migratePostgres(url);
    await this.replica.catchUp();
    return url;
  }

  /** As a process has it that was given the replica. */
  openReading(
    url: string,
    { clock, changes = new LocalChangeBus(), report = () => undefined }: ReadingOptions,
  ): Promise<PostgresStore> {
    const replica = { url: this.replica.urlOf(url), report };
    return openPostgres({ url, maxConnections: 2, clock, changes, replica });
  }

  /** What was asked for while `action` ran. */
  async countLists(action: () => Promise<unknown>): Promise<Asked> {
    const before = this.#asked;
    await action();
    const after = this.#asked;
    return { primary: after.primary - before.primary, replica: after.replica - before.replica };
  }

  get #asked(): Asked {
    const count = (log: string): number => log.match(LIST)?.length ?? 0;
    return { primary: count(this.primary.readLog()), replica: count(this.replica.cluster.readLog()) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.replica[Symbol.asyncDispose]();
    await this.primary[Symbol.asyncDispose]();
  }
}

/** One for all tests of a file, which calls this when it is loaded, and asks for it once they run. */
export function shareReplicatedPostgres(): () => ReplicatedPostgres {
  let shared: ReplicatedPostgres | undefined;
  beforeAll(async () => {
    shared = await ReplicatedPostgres.start();
  });
  afterAll(() => shared?.[Symbol.asyncDispose]());
  return () => {
    if (shared === undefined) throw new Error('asked for before it was started');
    return shared;
  };
}
