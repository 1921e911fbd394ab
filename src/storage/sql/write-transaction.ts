import { AppError } from '../../domain/errors.js';
import type { Topic } from '../../domain/topic.js';
import { NO_VERSION, nextVersion, type Version } from '../../domain/version.js';
import type { Change } from '../../ports/change.js';
import { run, type Steps } from './steps.js';

/** A row of `CLOCK_COLUMNS`: what the next write of a community counts on from. */
export interface ClockRow {
  readonly communityId: number;
  readonly lastVersion: Version;
  readonly lastUserId: number;
  readonly lastChannelId: number;
  readonly lastMessageId: number;
  /** Of attachments, poll options and reactions. */
  readonly lastItemId: number;
}

export const CLOCK_COLUMNS = `
  community_id AS "communityId", last_version AS "lastVersion", last_user_id AS "lastUserId",
  last_channel_id AS "lastChannelId", last_message_id AS "lastMessageId", last_item_id AS "lastItemId"`;

type CommunityClock = { -readonly [Name in keyof ClockRow]: ClockRow[Name] } & {
  /** The last version when the transaction began. */
  readonly before: Version;
};

type Counter = Exclude<keyof ClockRow, 'communityId' | 'lastVersion'>;

/**
 * What write operations work in: one transaction, which may hold operations of several requests.
 *
 * It is given the clocks of their communities as they stand once nobody else can move them, and writes them once,
 * last. So no other process can hand out the same version, and commits happen in the order of their versions. An
 * operation that fails leaves a gap in versions and ids, which nobody minds.
 */
export class WriteTransaction {
  /** The wall clock, once for the whole transaction. */
  readonly nowMs: number;
  readonly #clocks = new Map<number, CommunityClock>();
  readonly #changed = new Set<number>();
  readonly #touched = new Map<number, Set<Topic>>();

  constructor(nowMs: number, clocks: readonly ClockRow[]) {
    this.nowMs = nowMs;
    for (const clock of clocks) this.#clocks.set(clock.communityId, { ...clock, before: clock.lastVersion });
  }

  /** @throws AppError NOT_FOUND */
  requireCommunity(communityId: number): void {
    this.#clock(communityId);
  }

  /** Of a community that this transaction has created. */
  startClock(communityId: number): void {
    this.#clocks.set(communityId, {
      communityId,
      before: NO_VERSION,
      lastVersion: NO_VERSION,
      lastUserId: 0,
      lastChannelId: 0,
      lastMessageId: 0,
      lastItemId: 0,
    });
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
  *saveClocks(): Steps<void> {
    for (const communityId of this.#changed) {
      yield run(
        `UPDATE clocks SET last_version = @lastVersion, last_user_id = @lastUserId,
           last_channel_id = @lastChannelId, last_message_id = @lastMessageId, last_item_id = @lastItemId
         WHERE community_id = @communityId`,
        this.#clock(communityId),
      );
    }
  }

  #clock(communityId: number): CommunityClock {
    const clock = this.#clocks.get(communityId);
    if (clock) return clock;
    throw new AppError('NOT_FOUND', `community ${communityId} does not exist`);
  }
}
