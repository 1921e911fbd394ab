import type { Topic } from '../../domain/topic.js';
import { type Cursor, NO_VERSION, type Version } from '../../domain/version.js';
import type { Change } from '../../ports/change.js';

interface QuietUser {
  /** Nothing on his list has a version above this … */
  readonly after: Version;
  /** … as of this version of the community. */
  asOf: Version;
  /** Whether that includes what has left the list. */
  readonly includesDeleted: boolean;
  readonly topics: readonly Topic[];
}

interface CommunityNews {
  /** Every change above `from`, and up to `upTo`, is in `lastChanges`. */
  from: Version;
  upTo: Version;
  readonly lastChanges: Map<Topic, Version>;
  readonly users: Map<number, QuietUser>;
}

export interface Poll {
  readonly communityId: number;
  readonly userId: number;
  readonly after: Cursor;
  readonly includeDeleted: boolean;
  /** The last version of the community in the snapshot that answers the poll. */
  readonly last: Version;
}

/** What is remembered for each community, at the most. */
const MAX_CHANGES = 200_000;
const MAX_TOPICS = 1_000_000;

/**
 * Answers most polls of users for whom nothing has changed without a look at their conversations.
 *
 * A poll that was answered by "nothing" is remembered with the user's topics. The next one has the same answer
 * when none of those topics has changed since, as far as announcements tell, and when the announcements are
 * complete: each says after which version it comes, and the last one has to reach the last version that the
 * database itself has. Where any of this does not hold (another process has written and has not been heard
 * yet, too much has happened, the user has joined a channel) the database is asked as ever.
 */
export class QuietUsers {
  readonly #communities = new Map<number, CommunityNews>();
  #topics = 0;

  hear({ communityId, after, upTo, topics }: Change): void {
    const news = this.#communities.get(communityId);
    if (!news) return;
    const isNext = after === news.upTo;
    if (!isNext || topics === 'all' || news.lastChanges.size > MAX_CHANGES) {
      news.lastChanges.clear();
      news.from = news.upTo = Math.max(news.upTo, upTo) as Version;
      return;
    }
    for (const topic of topics) news.lastChanges.set(topic, upTo);
    news.upTo = upTo;
  }

  /** Whether there is certainly nothing to answer a poll with. */
  isQuiet({ communityId, userId, after, includeDeleted, last }: Poll): boolean {
    const news = this.#communities.get(communityId);
    const user = news?.users.get(userId);
    if (!news || !user || news.upTo !== last || user.asOf < news.from) return false;
    if (after < user.after || (includeDeleted && !user.includesDeleted)) return false;
    for (const topic of user.topics) {
      if ((news.lastChanges.get(topic) ?? NO_VERSION) > user.asOf) return false;
    }
    user.asOf = last;
    return true;
  }

  /** Remembers a poll for which there was nothing, and what would have to change for that to change. */
  remember({ communityId, userId, after, includeDeleted, last }: Poll, topics: readonly Topic[]): void {
    const news = this.#communities.get(communityId) ?? this.#begin(communityId, last);
    const more = topics.length - (news.users.get(userId)?.topics.length ?? 0);
    if (this.#topics + more > MAX_TOPICS) this.#forget();
    this.#topics += news.users.has(userId) ? more : topics.length;
    news.users.set(userId, { after, asOf: last, includesDeleted: includeDeleted, topics });
  }

  #begin(communityId: number, last: Version): CommunityNews {
    const news = { from: last, upTo: last, lastChanges: new Map(), users: new Map() };
    this.#communities.set(communityId, news);
    return news;
  }

  #forget(): void {
    for (const { users } of this.#communities.values()) users.clear();
    this.#topics = 0;
  }
}
