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
  readonly users: Map<string, QuietUser>;
  /** When `upTo` was last found to be the last version that the database has. */
  comparedAtMs: number;
}

export interface Poll {
  readonly communityId: number;
  readonly uid: string;
  readonly after: Cursor;
  readonly includeDeleted: boolean;
  /** The last version of the community in the snapshot that answers the poll. */
  readonly last: Version;
}

/** What is remembered for each community, at the most. */
const MAX_CHANGES = 200_000;
const MAX_TOPICS = 1_000_000;

/** For how long announcements are taken for complete without comparing them with the database again. */
const TRUST_MS = 100;

export interface QuietUsersOptions {
  /** Whether other processes serve from this database, too. What those write must be seen at once. */
  readonly isShared: boolean;
  /** Rises steadily, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Answers most polls of users for whom nothing has changed without a look at their conversations.
 *
 * A poll that was answered by "nothing" is remembered with the user's topics. The next one has the same answer
 * when none of those topics has changed since, as far as announcements tell, and when the announcements are
 * complete: each says after which version it comes, and the last one has to reach the last version that the
 * database itself has. Where any of this does not hold (another process has written and has not been heard
 * yet, too much has happened, the user has joined a channel) the database is asked as ever.
 *
 * Only a process that serves alone may leave that comparison out for a moment, since it hears of all that it
 * writes before anybody is told of it. What a command has written meanwhile is seen after that moment.
 */
export class QuietUsers {
  readonly #communities = new Map<number, CommunityNews>();
  readonly #trustMs: number;
  readonly #now: () => number;
  #topics = 0;

  constructor({ isShared, now = () => performance.now() }: QuietUsersOptions) {
    this.#trustMs = isShared ? 0 : TRUST_MS;
    this.#now = now;
  }

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

  /** The last version of a community, as far as it is known without asking the database. */
  findLast(communityId: number): Version | undefined {
    const news = this.#communities.get(communityId);
    return news && this.#now() - news.comparedAtMs < this.#trustMs ? news.upTo : undefined;
  }

  /** Whether there is certainly nothing to answer a poll with. */
  isQuiet({ communityId, uid, after, includeDeleted, last }: Poll): boolean {
    const news = this.#communities.get(communityId);
    if (news?.upTo !== last) return false;
    const user = news.users.get(uid);
    if (!user || user.asOf < news.from) return false;
    if (after < user.after || (includeDeleted && !user.includesDeleted)) return false;
    // Nothing has been announced since the last poll: most are answered here.
    if (user.asOf === last) return true;
    for (const topic of user.topics) {
      if ((news.lastChanges.get(topic) ?? NO_VERSION) > user.asOf) return false;
    }
    user.asOf = last;
    return true;
  }

  /**
   * To be told what the database itself says. A commit can be read before it is announced: once a reply has shown it,
   * none may be given that does not know of it.
   */
  compare(communityId: number, last: Version): void {
    const news = this.#communities.get(communityId);
    if (news) news.comparedAtMs = news.upTo === last ? this.#now() : -Infinity;
  }

  /** Remembers a poll for which there was nothing, and what would have to change for that to change. */
  remember({ communityId, uid, after, includeDeleted, last }: Poll, topics: readonly Topic[]): void {
    const news = this.#communities.get(communityId) ?? this.#begin(communityId, last);
    const more = topics.length - (news.users.get(uid)?.topics.length ?? 0);
    if (this.#topics + more > MAX_TOPICS) this.#forget();
    this.#topics += news.users.has(uid) ? more : topics.length;
    news.users.set(uid, { after, asOf: last, includesDeleted: includeDeleted, topics });
  }

  #begin(communityId: number, last: Version): CommunityNews {
    const news = {
      from: last,
      upTo: last,
      lastChanges: new Map(),
      users: new Map(),
      comparedAtMs: -Infinity,
    };
    this.#communities.set(communityId, news);
    return news;
  }

  #forget(): void {
    for (const { users } of this.#communities.values()) users.clear();
    this.#topics = 0;
  }
}
