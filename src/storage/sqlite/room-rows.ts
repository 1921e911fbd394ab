import { DIRECT_ROOM, type Room, type User } from '../../domain/room.js';
import { unreadCount } from '../../domain/unread.js';
import type { Version } from '../../domain/version.js';

/** The values of `roomColumns`, by position: a row of values is half the work of a row with names. */
export type RoomRow = readonly [
  id: number,
  type: number,
  name: string,
  roomType: number,
  title: string,
  header: string,
  imageUrl: string | null,
  tag: string | null,
  isSecret: number,
  creatorId: number,
  peerId: number | null,
  createdAtMs: number,
  version: Version,
  isFollowing: number,
  isMuted: number,
  lastSeq: number,
  readSeq: number,
  floorSeq: number,
  mark: number,
  uncounted: number,
  lastSeenId: number | null,
  topicId: number | null,
  lastMessageId: number | null,
];

/** A direct room belongs to the one of its two users with the lower id; else whoever made it, or the system. */
const CREATOR = `
  CASE WHEN c.type = 1 THEN (
    SELECT min(o.user_id) FROM memberships AS o
    WHERE o.community_id = c.community_id AND o.channel_id = c.id
  ) ELSE coalesce(c.creator_id, (
    SELECT u.id FROM users AS u WHERE u.community_id = c.community_id AND u.uid = '____system'
  )) END`;

const PEER = `
  CASE WHEN c.type = 1 THEN (
    SELECT max(o.user_id) FROM memberships AS o
    WHERE o.community_id = c.community_id AND o.channel_id = c.id
  ) END`;

const VISIBLE = 'x.community_id = c.community_id AND x.channel_id = c.id AND x.seq > m.floor_seq';

/** Of a membership `m` and its channel `c`; the last message is given as SQL. */
export function roomColumns(lastMessageId: string): string {
  return `
    c.id, c.type, c.name, c.room_type, c.title, c.header, c.image_url, c.tag, c.is_secret, ${CREATOR}, ${PEER},
    c.created_at_ms, max(c.version, m.version), m.is_following, m.is_muted, c.last_seq, m.read_seq, m.floor_seq,
    m.mark,
    CASE WHEN c.last_seq <= max(m.read_seq, m.floor_seq) THEN 0 ELSE (
      SELECT count(*) FROM messages AS x INDEXED BY messages_uncounted
      WHERE x.community_id = c.community_id AND x.channel_id = c.id AND x.is_counted = 0
        AND x.seq > max(m.read_seq, m.floor_seq)
    ) END,
    (SELECT x.id FROM messages AS x WHERE ${VISIBLE} AND x.seq = m.read_seq),
    CASE WHEN c.topic_id IS NOT NULL THEN
      (SELECT x.id FROM messages AS x WHERE ${VISIBLE} AND x.id = c.topic_id)
    END,
    ${lastMessageId}`;
}

/** The newest message, in whatever state. */
export const NEWEST_MESSAGE_ID = `(SELECT x.id FROM messages AS x WHERE ${VISIBLE} AND x.seq = c.last_seq)`;

export function messageIdsOf(row: RoomRow): (number | null)[] {
  const [, , , , , , , , , , , , , , , , , , , , lastSeenId, topicId, lastMessageId] = row;
  return [lastSeenId, topicId, lastMessageId];
}

export function userIdsOf(row: RoomRow): (number | null)[] {
  const [, , , , , , , , , creatorId, peerId] = row;
  return [creatorId, peerId];
}

export function toRoom(row: RoomRow, readerId: number, users: ReadonlyMap<number, User>): Room {
  const [id, type, name, roomType, ownTitle, header, imageUrl, tag, isSecret, creatorId, peerId] = row;
  const [, , , , , , , , , , , createdAtMs, version, isFollowing, isMuted, ...counts] = row;
  const [lastSeq, readSeq, floorSeq, mark, uncounted, lastSeenId, topicId, lastMessageId] = counts;
  const otherId = creatorId === readerId ? (peerId ?? readerId) : creatorId;
  const title = (roomType === DIRECT_ROOM ? users.get(otherId)?.name : ownTitle) || name;
  return {
    id,
    roomType,
    title,
    creatorId,
    createdAtMs,
    version,
    channel: { type, name },
    header: header || title,
    imageUrl: imageUrl ?? undefined,
    tag: tag ?? undefined,
    isSecret: isSecret === 1,
    peerId: peerId ?? undefined,
    isFollowing: isFollowing === 1,
    isMuted: isMuted === 1,
    unread: unreadCount({ lastSeq, readSeq, floorSeq, uncounted, mark }),
    lastSeenId: lastSeenId ?? undefined,
    lastMessageId: lastMessageId ?? undefined,
    topicId: topicId ?? undefined,
  };
}
