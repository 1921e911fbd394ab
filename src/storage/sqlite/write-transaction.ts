import { AppError } from '../../domain/errors.js';
import type { Topic } from '../../domain/topic.js';
import { nextVersion, type Version } from '../../domain/version.js';
import type { Change } from '../../ports/change.js';
import type { Statements } from './statements.js';

interface CommunityClock {
  /** The last version when the transaction began. */
  readonly before: Version;
  lastVersion: Version;
  lastUserId: number;
  lastChannelId: number;
  lastMessageId: number;
  /** Of attachments, poll options and reactions. */
  lastItemId: number;
}

type Counter = Exclude<keyof CommunityClock, 'before' | 'lastVersion'>;

/**
 * What write operations work in: one SQLite transaction, which may hold operations of several requests.
 *
 * A community's clock row is read when the first operation needs it and written once before COMMIT. SQLite
 * lets one writer in at a time, from BEGIN IMMEDIATE on, so no other process can hand out the same version,
 * and commits happen in the order of their versions. An operation that fails leaves a gap in versions and
 * ids, which nobody minds.
 */
export class WriteTransaction {
  readonly sql: Statements;
  /** The wall clock, once for the whole transaction. */
  readonly nowMs: number;
  readonly #clocks = new Map<number, CommunityClock>();
  readonly #changed = new Set<number>();
  readonly #touched = new Map<number, Set<Topic>>();

  constructor(sql: Statements, nowMs: number) {
    this.sql = sql;
    this.nowMs = nowMs;
  }

  /** @throws AppError NOT_FOUND */
  requireCommunity(communityId: number): void {
    this.#clock(communityId);
  }

  /** Takes the next version. An operation takes one, when it knows that it will change something. */
  tick(communityId: number): Version {
    const clock = this.#clock(communityId);
    this.#changed.add(communityId);
    clock.lastVersion = nextVersion(clock.lastVersion, this.nowMs);
    return clock.lastVersion;
  }

  newId(communityId: number, counter: Counter): number {
    const clock = this.#clock(communityId);
    this.#changed.add(communityId);
    clock[counter] += 1;
    return clock[counter];
  }

  /** Says whom a change concerns. An operation that fails afterwards wakes somebody for nothing. */
  touch(communityId: number, topic: Topic): void {
    const topics = this.#touched.get(communityId);
    if (topics) topics.add(topic);
    else this.#touched.set(communityId, new Set([topic]));
  }

  /** What to announce once this is committed: also a new version that concerns nobody. */
  changes(): Change[] {
    return Array.from(this.#changed, (communityId) => {
      const { before, lastVersion } = this.#clock(communityId);
      const topics = [...(this.#touched.get(communityId) ?? [])];
      return { communityId, after: before, upTo: lastVersion, topics };
    });
  }

  /** To be called last before COMMIT. */
  saveClocks(): void {
    for (const communityId of this.#changed) {
      this.sql.run(
        `UPDATE clocks SET last_version = @lastVersion, last_user_id = @lastUserId,
           last_channel_id = @lastChannelId, last_message_id = @lastMessageId, last_item_id = @lastItemId
         WHERE community_id = @communityId`,
        { communityId, ...this.#clock(communityId) },
      );
    }
  }

  #clock(communityId: number): CommunityClock {
    const present = this.#clocks.get(communityId);
    if (present) return present;
    const clock = this.sql.get<CommunityClock>(
      `SELECT last_version AS before, last_version AS lastVersion, last_user_id AS lastUserId,
         last_channel_id AS lastChannelId, last_message_id AS lastMessageId,
         last_item_id AS lastItemId
       FROM clocks WHERE community_id = @communityId`,
      { communityId },
    );
    if (!clock) throw new AppError('NOT_FOUND', `community ${communityId} does not exist`);
    this.#clocks.set(communityId, clock);
    return clock;
  }
}
