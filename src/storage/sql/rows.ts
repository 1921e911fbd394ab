import { PERSON_CHANNEL, type ChannelKey } from '../../domain/channel.js';
import { DIRECT_ROOM, NORMAL_ROOM } from '../../domain/room.js';
import { channelTopic, NEW_USER_TOPIC } from '../../domain/topic.js';
import type { Version } from '../../domain/version.js';
import { get, run, type Step, type Steps, together } from './steps.js';
import type { WriteTransaction } from './write-transaction.js';

export interface ChannelRow {
  readonly id: number;
  readonly lastSeq: number;
  readonly floorSeq: number;
  readonly isDeleted: number;
  readonly roomType: number;
  readonly large: number;
  readonly ban: number;
  readonly disband: number;
  readonly sendBan: number;
  readonly allowStranger: number;
}

export interface MembershipRow {
  readonly userId: number;
  readonly channelId: number;
  readonly isMember: number;
  readonly delistedVersion: Version;
  readonly readSeq: number;
  readonly floorSeq: number;
  readonly mark: number;
}

export function findUserRow(communityId: number, uid: string): Step<{ readonly id: number } | undefined> {
  return get('SELECT id FROM users WHERE community_id = @communityId AND uid = @uid', { communityId, uid });
}

export function* ensureUserId(
  transaction: WriteTransaction,
  communityId: number,
  uid: string,
): Steps<number> {
  const [id = 0] = yield* ensureUserIds(transaction, communityId, [uid]);
  return id;
}

/** The ids of users, who are made where they do not exist. */
export function* ensureUserIds(
  transaction: WriteTransaction,
  communityId: number,
  uids: readonly string[],
): Steps<number[]> {
  const present = yield* together(uids.map((uid) => findUserRow(communityId, uid)));
  const created = new Map<string, number>();
  const ids: number[] = [];
  for (const [index, uid] of uids.entries()) {
    const known = present[index]?.id ?? created.get(uid);
    const id = known ?? transaction.newId(communityId, 'lastUserId');
    ids.push(id);
    if (known !== undefined) continue;
    created.set(uid, id);
    yield run(
      `INSERT INTO users (community_id, id, uid, created_at_ms) VALUES (@communityId, @id, @uid, @nowMs)`,
      { communityId, id, uid, nowMs: transaction.nowMs },
    );
  }
  if (created.size > 0) transaction.touch(communityId, NEW_USER_TOPIC);
  return ids;
}

export function findChannel(communityId: number, { type, name }: ChannelKey): Step<ChannelRow | undefined> {
  return get<ChannelRow>(
    `SELECT id, last_seq AS "lastSeq", floor_seq AS "floorSeq", is_deleted AS "isDeleted", room_type AS "roomType", large, ban, disband,
       send_ban AS "sendBan", allow_stranger AS "allowStranger"
     FROM channels WHERE community_id = @communityId AND type = @type AND name = @name`,
    { communityId, type, name },
  );
}

/** Finds a channel, or makes it; one that was deleted comes back to life. */
export function* ensureChannel(
  transaction: WriteTransaction,
  { communityId, channel: key }: { communityId: number; channel: ChannelKey },
  version: Version,
): Steps<ChannelRow> {
  const { nowMs } = transaction;
  const present = yield* findChannel(communityId, key);
  if (present) {
    if (present.isDeleted) {
      yield run('UPDATE channels SET is_deleted = 0 WHERE community_id = @communityId AND id = @id', {
        communityId,
        id: present.id,
      });
    }
    return present;
  }
  const id = transaction.newId(communityId, 'lastChannelId');
  const roomType = key.type === PERSON_CHANNEL ? DIRECT_ROOM : NORMAL_ROOM;
  yield run(
    `INSERT INTO channels (community_id, id, type, name, room_type, version, created_at_ms)
     VALUES (@communityId, @id, @type, @name, @roomType, @version, @nowMs)`,
    { communityId, id, ...key, roomType, version, nowMs },
  );
  transaction.touch(communityId, channelTopic(id));
  const settings = { large: 0, ban: 0, disband: 0, sendBan: 0, allowStranger: 0 };
  return { id, lastSeq: 0, floorSeq: 0, isDeleted: 0, roomType, ...settings };
}

export function findMembership(
  communityId: number,
  { userId, channelId }: { userId: number; channelId: number },
): Step<MembershipRow | undefined> {
  return get<MembershipRow>(
    `SELECT user_id AS "userId", channel_id AS "channelId", is_member AS "isMember",
       delisted_version AS "delistedVersion", read_seq AS "readSeq", floor_seq AS "floorSeq", mark
     FROM memberships
     WHERE community_id = @communityId AND user_id = @userId AND channel_id = @channelId`,
    { communityId, userId, channelId },
  );
}
