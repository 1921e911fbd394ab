import { PERSON_CHANNEL } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import { channelTopic, userTopic } from '../../domain/topic.js';
import { unreadCount } from '../../domain/unread.js';
import type { Version } from '../../domain/version.js';
import type {
  ChangeSubscribers,
  ChannelCommand,
  MarkRead,
  PutChannel,
  SetUnread,
  UserChannelCommand,
} from '../../ports/store.js';
import {
  ensureChannel,
  ensureUserIds,
  findChannel,
  findMembership,
  findUserRow,
  type ChannelRow,
  type MembershipRow,
} from './rows.js';
import { count, get, run, type Steps, together } from './steps.js';
import type { WriteTransaction } from './write-transaction.js';

interface Join {
  readonly communityId: number;
  readonly channel: ChannelRow;
  readonly uids: readonly string[];
  readonly version: Version;
  /** The manual unread mark to begin with. */
  readonly mark?: number;
}

/** Makes users members who have read everything so far. Nothing happens to those who are members already. */
export function* joinChannel(transaction: WriteTransaction, join: Join): Steps<void> {
  const { communityId, channel, uids, version, mark = 0 } = join;
  const { id: channelId, lastSeq, floorSeq } = channel;
  const userIds = yield* ensureUserIds(transaction, communityId, uids);
  const changes = yield* together(
    userIds.map((userId) =>
      count(
        `INSERT INTO memberships
           (community_id, user_id, channel_id, version, joined_version, read_seq, floor_seq, mark)
         VALUES (@communityId, @userId, @channelId, @version, @version, @lastSeq, @floorSeq, @mark)
         ON CONFLICT (community_id, user_id, channel_id) DO UPDATE
         SET is_member = 1, version = @version, joined_version = @version, read_seq = @lastSeq,
           floor_seq = CASE WHEN memberships.floor_seq > @floorSeq THEN memberships.floor_seq ELSE @floorSeq END,
           mark = @mark, is_following = 1, is_muted = 0
         WHERE memberships.is_member = 0`,
        { communityId, userId, channelId, version, lastSeq, floorSeq, mark },
      ),
    ),
  );
  for (const [index, userId] of userIds.entries()) {
    if (changes[index] !== 0) transaction.touch(communityId, userTopic(userId));
  }
}

export function* addSubscribers(transaction: WriteTransaction, command: ChangeSubscribers): Steps<void> {
  const { communityId, uids } = command;
  const existing = yield* findChannel(communityId, command.channel);
  const present = existing ? yield* findLive(command, existing) : [];
  const joining = uids.filter((_, index) => !present[index]);
  if (existing && !existing.isDeleted && joining.length === 0) return;
  const version = transaction.tick(communityId);
  const channel = yield* ensureChannel(transaction, command, version);
  yield* joinChannel(transaction, { communityId, channel, uids: joining, version });
}

export function* removeSubscribers(transaction: WriteTransaction, command: ChangeSubscribers): Steps<void> {
  const { communityId } = command;
  const channel = yield* findChannel(communityId, command.channel);
  if (!channel) return;
  const leaving = (yield* findLive(command, channel)).filter((membership) => membership !== undefined);
  if (leaving.length === 0) return;
  const version = transaction.tick(communityId);
  for (const membership of leaving) {
    yield* save(transaction, { communityId, channel, membership }, { isMember: 0, mark: 0, version });
  }
}

/** The state of each of these who is a member. */
function* findLive(
  { communityId, uids }: Pick<ChangeSubscribers, 'communityId' | 'uids'>,
  { id: channelId }: ChannelRow,
): Steps<(MembershipRow | undefined)[]> {
  const users = yield* together(uids.map((uid) => findUserRow(communityId, uid)));
  const rows = yield* together(
    // Nobody has the number 0.
    users.map((user) => findMembership(communityId, { userId: user?.id ?? 0, channelId })),
  );
  return rows.map((row) => (row?.isMember ? row : undefined));
}

export function* putChannel(transaction: WriteTransaction, command: PutChannel): Steps<void> {
  const { communityId, channel: key } = command;
  const existing = yield* findChannel(communityId, key);
  const given = Object.entries(command.settings).map(([name, isOn]) => [name, isOn ? 1 : 0]);
  const settings = { ...existing, ...Object.fromEntries(given) };
  if (existing && !existing.isDeleted && isSame(existing, settings)) return;
  const version = transaction.tick(communityId);
  const channel = yield* ensureChannel(transaction, command, version);
  yield run(
    `UPDATE channels SET version = @version, large = @large, ban = @ban, disband = @disband,
       send_ban = @sendBan, allow_stranger = @allowStranger
     WHERE community_id = @communityId AND id = @id`,
    { ...channel, ...settings, id: channel.id, communityId, version },
  );
  transaction.touch(communityId, channelTopic(channel.id));
}

export function* deleteChannel(
  transaction: WriteTransaction,
  { communityId, channel: key }: ChannelCommand,
): Steps<void> {
  const channel = yield* findChannel(communityId, key);
  if (!channel || channel.isDeleted) return;
  yield run(
    `UPDATE channels SET version = @version, is_deleted = 1, floor_seq = last_seq, large = 0, ban = 0,
       disband = 0, send_ban = 0, allow_stranger = 0
     WHERE community_id = @communityId AND id = @id`,
    { communityId, id: channel.id, version: transaction.tick(communityId) },
  );
  transaction.touch(communityId, channelTopic(channel.id));
}

export function* markRead(transaction: WriteTransaction, command: MarkRead): Steps<void> {
  const own = yield* findLiveOwn(command);
  if (!own) return;
  const { lastSeq } = own.channel;
  const readSeq = Math.max(own.membership.readSeq, Math.min(command.seq ?? lastSeq, lastSeq));
  yield* changeOwn(transaction, own, { readSeq, mark: 0 });
}

export function* deleteConversation(transaction: WriteTransaction, command: UserChannelCommand): Steps<void> {
  const own = yield* findLiveOwn(command);
  if (!own) return;
  const { lastSeq } = own.channel;
  yield* changeOwn(transaction, own, { floorSeq: lastSeq, readSeq: lastSeq, mark: 0 });
}

export function* setUnread(transaction: WriteTransaction, command: SetUnread): Steps<void> {
  const { communityId, channel: key, uid, unread } = command;
  const own = yield* findLiveOwn(command);
  if (own) {
    yield* setOwnUnread(transaction, own, unread);
    return;
  }
  if (unread === 0) return;
  if (key.type !== PERSON_CHANNEL) throw new AppError('NOT_FOUND', `${uid} is not a member of this channel`);
  const version = transaction.tick(communityId);
  const channel = yield* ensureChannel(transaction, command, version);
  yield* joinChannel(transaction, { communityId, channel, uids: [uid], version, mark: unread });
}

function* setOwnUnread(transaction: WriteTransaction, own: Own, unread: number): Steps<void> {
  const { lastSeq } = own.channel;
  const counted = yield* countUnread(own);
  if (unread > 0 && unread >= counted) {
    yield* changeOwn(transaction, own, { mark: unread - counted });
  } else {
    const readSeq = unread === 0 ? lastSeq : (yield* findNthUnread(own, unread)) - 1;
    yield* changeOwn(transaction, own, { readSeq, mark: 0 });
  }
}

function* countUnread({ communityId, channel, membership }: Own): Steps<number> {
  const { readSeq, floorSeq } = membership;
  const row = yield* get<{ uncounted: number }>(
    `SELECT count(*) AS uncounted FROM messages INDEXED BY messages_uncounted
     WHERE community_id = @communityId AND channel_id = @channelId AND is_counted = 0 AND seq > @aboveSeq`,
    { communityId, channelId: channel.id, aboveSeq: Math.max(readSeq, floorSeq) },
  );
  const { lastSeq } = channel;
  return unreadCount({ lastSeq, readSeq, floorSeq, mark: 0, uncounted: row?.uncounted ?? 0 });
}

/** The seq of the nth newest message that counts as unread. */
function* findNthUnread({ communityId, channel }: Own, n: number): Steps<number> {
  const row = yield* get<{ seq: number }>(
    `SELECT seq FROM messages
     WHERE community_id = @communityId AND channel_id = @channelId AND is_counted = 1
     ORDER BY seq DESC LIMIT 1 OFFSET @skip`,
    { communityId, channelId: channel.id, skip: n - 1 },
  );
  return row?.seq ?? 0;
}

type OwnState = Pick<MembershipRow, 'readSeq' | 'floorSeq' | 'mark'>;

/** Changes a user's own state, and moves its version if that changes something. */
function* changeOwn(transaction: WriteTransaction, own: Own, change: Partial<OwnState>): Steps<void> {
  if (isSame(own.membership, change)) return;
  yield* save(transaction, own, { ...change, version: transaction.tick(own.communityId) });
}

/** The caller's state in a channel that he is a member of. */
function* findLiveOwn({ communityId, uid, channel: key }: UserChannelCommand): Steps<Own | undefined> {
  const channel = yield* findChannel(communityId, key);
  if (!channel) return undefined;
  const [membership] = yield* findLive({ communityId, uids: [uid] }, channel);
  return membership && { communityId, channel, membership };
}

/** One user's state in a channel, and the channel. */
interface Own {
  readonly communityId: number;
  readonly channel: ChannelRow;
  readonly membership: MembershipRow;
}

/** Writes a membership's new state, and the version at which it left the list, if it did. */
function* save(
  transaction: WriteTransaction,
  { communityId, channel, membership }: Own,
  change: Partial<OwnState & Pick<MembershipRow, 'isMember'>> & { readonly version: Version },
): Steps<void> {
  const next = { ...membership, ...change };
  const hasLeft = isListed(channel, membership) && !isListed(channel, next);
  yield run(
    `UPDATE memberships SET is_member = @isMember, version = @version, delisted_version = @delistedVersion,
       read_seq = @readSeq, floor_seq = @floorSeq, mark = @mark
     WHERE community_id = @communityId AND user_id = @userId AND channel_id = @channelId`,
    { ...next, communityId, ...(hasLeft && { delistedVersion: change.version }) },
  );
  transaction.touch(communityId, userTopic(membership.userId));
}

function isListed(
  { lastSeq }: ChannelRow,
  { isMember, floorSeq, mark }: OwnState & Pick<MembershipRow, 'isMember'>,
): boolean {
  return isMember === 1 && (lastSeq > floorSeq || mark > 0);
}

function isSame(present: object, change: object): boolean {
  return Object.entries(change).every(([name, value]) => Reflect.get(present, name) === value);
}
