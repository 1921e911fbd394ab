import { StartupError } from '../../domain/startup-error.js';
import type { Version } from '../../domain/version.js';
import { withoutPassword } from '../../ports/database-name.js';
import type { ChangeBus } from '../../ports/change.js';
import type { ListConversations } from '../../ports/store.js';
import { BackOff } from './back-off.js';
import { replicaOptions } from './connection-options.js';
import { NO_REPLICA, readIdentity } from './database-identity.js';
import { isLaterPage, listAtReplica } from './list-at-replica.js';
import type { Listed } from './list-conversations.js';
import { isConflict, isUnstorable } from './postgres-errors.js';
import type { Queries } from './queries.js';
import { ReadingConnections } from './reading-connections.js';
import { Statements } from './statements.js';

export interface ReplicaReaderOptions {
  readonly url: string;
  readonly replicaUrl: string;
  readonly maxConnections: number;
  readonly queries: Queries;
  readonly changes: ChangeBus;
  /** Told why the replica is not asked any more, and undefined when it answers again. */
  readonly report: (failure: Error | undefined) => void;
}

/** Of one that is there again nobody knows yet whether it answers: one request tries, the others do without. */
type State = 'away' | 'there' | 'on trial' | 'answering';

/**
 * Asks a replica in place of the primary where that can tell.
 *
 * A replica may be behind, and nobody is to notice: what is answered is never older than what this process has
 * committed, has heard of or has shown to anyone. So a community of which nothing is known yet is the primary's to
 * answer, whose answer says where it stands.
 *
 * One that fails is left alone, and looked at again after longer and longer times; no request waits for that.
 */
export class ReplicaReader {
  readonly #options: ReplicaReaderOptions;
  readonly #identity: string;
  readonly #connections: ReadingConnections;
  readonly #backOff = new BackOff();
  /** By community. */
  readonly #known = new Map<number, Version>();
  #state: State = 'there';
  /** What was reported last. */
  #failure: Error | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(options: ReplicaReaderOptions, identity: string) {
    const { replicaUrl, maxConnections, changes } = options;
    this.#options = options;
    this.#identity = identity;
    this.#connections = new ReadingConnections({ config: replicaOptions(replicaUrl), maxConnections });
    changes.subscribe(({ communityId, upTo }) => this.learn(communityId, upTo));
  }

  /**
   * One that is away is waited for, since the primary answers meanwhile.
   *
   * @throws StartupError when it is another database; what connecting to the primary has thrown
   */
  static async start(options: ReplicaReaderOptions): Promise<ReplicaReader> {
    const reader = new ReplicaReader(options, (await readIdentity(options.url)).identity);
    try {
      await reader.#demandReplica();
    } catch (error) {
      if (error instanceof StartupError) throw error;
      reader.#leave(error as Error);
    }
    return reader;
  }

  /** From now on, no answer is older than this. */
  learn(communityId: number, version: Version): void {
    if (version > (this.#known.get(communityId) ?? -1)) this.#known.set(communityId, version);
  }

  /** Undefined where the primary is to be asked. */
  async listConversations(query: ListConversations): Promise<Listed | undefined> {
    const known = this.#known.get(query.communityId);
    if (known === undefined || isLaterPage(query) || !this.#admit()) return undefined;
    try {
      const listed = await listAtReplica(
        new Statements(this.#connections, this.#options.queries),
        query,
        known,
      );
      this.#welcome();
      return listed;
    } catch (error) {
      // The first is the query's fault; in the second, the replay took away what was being read.
      if (isUnstorable(error) || isConflict(error)) this.#welcome();
      else this.#leave(error as Error);
      return undefined;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#connections.end();
  }

  async #demandReplica(): Promise<void> {
    const { replicaUrl } = this.#options;
    const { identity, isReplica } = await readIdentity(replicaUrl);
    if (identity !== this.#identity) {
      throw new StartupError(
        `${withoutPassword(replicaUrl)} is no replica of it: name one with --read-db (TIDEMARK_READ_DB), or none`,
      );
    }
    if (!isReplica) throw new Error(NO_REPLICA);
  }

  /** Whether to ask it. */
  #admit(): boolean {
    if (this.#state !== 'there') return this.#state === 'answering';
    this.#state = 'on trial';
    return true;
  }

  #leave(error: Error): void {
    if (this.#state === 'away' || this.#isClosed) return;
    this.#state = 'away';
    if (this.#failure === undefined) this.#report(error);
    this.#lookLater();
  }

  #lookLater(): void {
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#look(), this.#backOff.nextMs());
  }

  async #look(): Promise<void> {
    try {
      await this.#demandReplica();
      this.#state = 'there';
    } catch (error) {
      // It has come back as another one, or was another one from the start.
      if (error instanceof StartupError && !(this.#failure instanceof StartupError)) this.#report(error);
      this.#lookLater();
    }
  }

  #welcome(): void {
    if (this.#state !== 'on trial') return;
    this.#state = 'answering';
    this.#backOff.reset();
    if (this.#failure !== undefined) this.#report(undefined);
  }

  #report(failure: Error | undefined): void {
    this.#failure = failure;
    this.#options.report(failure);
  }
}
