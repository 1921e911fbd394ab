import type { Database } from 'better-sqlite3';
import { channelKey, type ChannelKey, PERSON_CHANNEL } from '../../src/domain/channel.js';
import { nextVersion, type Version, versionAt } from '../../src/domain/version.js';
import { prepareInserts, type MessageRow, type RowInserts } from './insert-rows.js';
import { UNCOUNTED_IN_UNREAD, type Shape } from './shapes.js';
import { planChannels, uidOf, type ChannelPlan, type UserClass } from './user-class.js';

/** A fixed time in the past, so that a data set is the same whenever it is built. */
const FIRST_MS = Date.UTC(2025, 0, 1);
const STEP_MS = 1;

/** One message in so many does not count as unread. */
const UNCOUNTED_EVERY = 100;

/** How many messages a member has not read, at most. */
const UNREAD_MAX = 3;

/**
 * Fills a database that has its schema and no rows. The rows of the big tables come in the order of their keys,
 * so that SQLite mostly appends. A crash leaves a file that is of no use.
 */
export function fillDatabase(database: Database, { classes }: Shape): void {
  database.pragma('journal_mode = OFF');
  database.pragma('synchronous = OFF');
  database.pragma('foreign_keys = OFF');
  database.pragma('cache_size = -1000000');
  const filler = new Filler(prepareInserts(database), findLastUserId(database));
  database.transaction(() => {
    for (const userClass of classes) filler.add(userClass);
    filler.setClock();
  })();
}

/** The schema brings users of its own along. */
function findLastUserId(database: Database): number {
  return Number(database.prepare('SELECT coalesce(max(id), 0) FROM users').pluck().get());
}

class Filler {
  readonly #insert: RowInserts;
  #lastUserId: number;
  #lastChannelId = 0;
  #lastMessageId = 0;
  #nowMs = FIRST_MS;
  #version: Version = versionAt(FIRST_MS);

  constructor(insert: RowInserts, lastUserId: number) {
    this.#insert = insert;
    this.#lastUserId = lastUserId;
  }

  add(userClass: UserClass): void {
    const firstUserId = this.#lastUserId + 1;
    for (let user = 0; user < userClass.users; user++) {
      const id = ++this.#lastUserId;
      this.#insert.user({ id, uid: uidOf(userClass, user), createdAtMs: this.#nowMs });
    }
    for (const plan of planChannels(userClass)) this.#addChannel(userClass, plan, firstUserId);
  }

  setClock(): void {
    const version = this.#version;
    const [userId, channelId, messageId] = [this.#lastUserId, this.#lastChannelId, this.#lastMessageId];
    this.#insert.clock({ version, userId, channelId, messageId });
  }

  #addChannel(userClass: UserClass, plan: ChannelPlan, firstUserId: number): void {
    const id = ++this.#lastChannelId;
    const key = keyOf(userClass, plan);
    const memberIds = plan.members.map((member) => firstUserId + member);
    const [creatorId = firstUserId] = memberIds;
    const born = { version: this.#tick(), createdAtMs: this.#nowMs };
    const last = this.#addMessages(userClass, plan, { id, key, firstUserId });
    this.#insert.channel({
      id,
      ...key,
      creatorId,
      createdAtMs: born.createdAtMs,
      version: last.version,
      last,
    });
    for (const [index, userId] of memberIds.entries()) {
      const readSeq = userClass.isUnread ? 0 : readSeqOf(last.seq, index, memberIds.length);
      this.#insert.membership({ userId, channelId: id, version: born.version, readSeq });
    }
  }

  /** Returns the newest one. */
  #addMessages(
    userClass: UserClass,
    { members, messages }: ChannelPlan,
    { id: channelId, key: channel, firstUserId }: { id: number; key: ChannelKey; firstUserId: number },
  ): MessageRow {
    let last: MessageRow | undefined;
    for (let seq = 1; seq <= messages; seq++) {
      const sender = members[userClass.isUnread ? members.length - 1 : seq % members.length] ?? 0;
      last = {
        id: ++this.#lastMessageId,
        channel,
        channelId,
        seq,
        fromUid: uidOf(userClass, sender),
        senderId: firstUserId + sender,
        clientMsgNo: `c-${seq}`,
        payload: Buffer.from(JSON.stringify({ type: 1, content: `This is message number ${seq}` })),
        redDot: userClass.isUnread ? seq > UNCOUNTED_IN_UNREAD : seq % UNCOUNTED_EVERY !== 0,
        setting: 0,
        expireSeconds: 0,
        version: this.#tick(),
        createdAtMs: this.#nowMs,
      };
      this.#insert.message(last);
    }
    if (!last) throw new Error('a channel of a data set has no messages');
    return last;
  }

  #tick(): Version {
    this.#nowMs += STEP_MS;
    this.#version = nextVersion(this.#version, this.#nowMs);
    return this.#version;
  }
}

/** Members write in turn, and whoever writes has read everything before. */
function readSeqOf(lastSeq: number, memberIndex: number, members: number): number {
  const ownSeq = lastSeq - ((((lastSeq - memberIndex) % members) + members) % members);
  return Math.max(ownSeq, lastSeq - (memberIndex % (UNREAD_MAX + 1)), 0);
}

function keyOf(userClass: UserClass, { type, name, members }: ChannelPlan): ChannelKey {
  const [one = 0, other = 0] = members;
  if (type !== PERSON_CHANNEL) return { type, name };
  return channelKey(uidOf(userClass, one), uidOf(userClass, other), type);
}
