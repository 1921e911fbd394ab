import { AppError } from '../../domain/errors.js';
import { DIRECT_ROOM, type Room, type User } from '../../domain/room.js';
import { unreadCount } from '../../domain/unread.js';
import type { Version } from '../../domain/version.js';
import type { ListRooms, RoomPage, RoomQuery } from '../../ports/room-store.js';
import { findCommunity } from './profiles.js';
import {
  findBelongings,
  findMessageRows,
  findUsers,
  toRoomMessage,
  userIdsOf,
  type Reader,
} from './room-messages.js';
import type { Statements } from './statements.js';

export interface RoomRow {
  readonly id: number;
  readonly type: number;
  readonly name: string;
  readonly roomType: number;
  readonly title: string;
  readonly header: string;
  readonly imageUrl: string | null;
  readonly tag: string | null;
  readonly isSecret: number;
  readonly creatorId: number;
  readonly peerId: number | null;
  readonly createdAtMs: number;
  readonly version: Version;
  readonly isFollowing: number;
  readonly isMuted: number;
  readonly lastSeq: number;
  readonly readSeq: number;
  readonly floorSeq: number;
  readonly mark: number;
  readonly uncounted: number;
  readonly lastSeenId: number | null;
  readonly lastMessageId: number | null;
  readonly topicId: number | null;
}

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

/** Of a membership `m` and its channel `c`; the message that `place` finds is its last one. */
const ROOM_COLUMNS = `
  c.id, c.type, c.name, c.room_type AS roomType, c.title, c.header, c.image_url AS imageUrl, c.tag,
  c.is_secret AS isSecret, ${CREATOR} AS creatorId, ${PEER} AS peerId, c.created_at_ms AS createdAtMs,
  max(c.version, m.version) AS version, m.is_following AS isFollowing, m.is_muted AS isMuted,
  c.last_seq AS lastSeq, m.read_seq AS readSeq, m.floor_seq AS floorSeq, m.mark,
  CASE WHEN c.last_seq <= max(m.read_seq, m.floor_seq) THEN 0 ELSE (
    SELECT count(*) FROM messages AS x INDEXED BY messages_uncounted
    WHERE ${VISIBLE} AND x.is_counted = 0 AND x.seq > m.read_seq
  ) END AS uncounted,
  (SELECT x.id FROM messages AS x WHERE ${VISIBLE} AND x.seq = m.read_seq) AS lastSeenId,
  (SELECT x.id FROM messages AS x WHERE ${VISIBLE} AND x.id = c.topic_id) AS topicId,
  (SELECT x.id FROM messages AS x WHERE ${VISIBLE} AND x.seq = place.lastSeq) AS lastMessageId`;

/**
 * A user's memberships with the time by which they are ordered. An ended or hidden one keeps its place, and so
 * does one that moved beyond the range, so that whatever changes while pages are turned moves to the front.
 */
function placesSql({ order }: ListRooms): string {
  const position =
    order === 'changed'
      ? 'CASE WHEN m.is_member THEN max(c.version, m.version) ELSE m.version END'
      : 'coalesce(x.version, 0)';
  return `
    SELECT c.id AS channelId, x.seq AS lastSeq, ${position} AS position
    FROM memberships AS m
    CROSS JOIN channels AS c ON c.community_id = m.community_id AND c.id = m.channel_id
    LEFT JOIN messages AS x ON x.community_id = c.community_id AND x.channel_id = c.id AND x.seq = (
      SELECT y.seq FROM messages AS y
      WHERE y.community_id = c.community_id AND y.channel_id = c.id
        AND y.state IN (SELECT value FROM json_each(@messageStates))
      ORDER BY y.seq DESC LIMIT 1
    )
    WHERE m.community_id = @communityId AND m.user_id = @userId
      AND c.room_type IN (SELECT value FROM json_each(@roomTypes)) AND position >= @from
    ORDER BY position DESC, channelId DESC LIMIT -1 OFFSET @skip`;
}

/** A constant number of statements, whatever the size of the page and of the rooms. */
export function listRooms(sql: Statements, query: ListRooms): RoomPage {
  const { communityId, userId, range, page, size } = query;
  const rows = sql.all<RoomRow>(
    `SELECT ${ROOM_COLUMNS}
     FROM (${placesSql(query)}) AS place
     CROSS JOIN memberships AS m
       ON m.community_id = @communityId AND m.user_id = @userId AND m.channel_id = place.channelId
     CROSS JOIN channels AS c ON c.community_id = @communityId AND c.id = place.channelId
     WHERE m.is_member = 1 AND m.is_following = 1 AND place.lastSeq > m.floor_seq AND place.position <= @to
       AND (@roomId IS NULL OR c.id = @roomId) AND (@tag IS NULL OR c.tag = @tag)
     ORDER BY place.position DESC, c.id DESC LIMIT @size`,
    {
      communityId,
      userId,
      size,
      from: range.from,
      to: range.to,
      skip: (page - 1) * size,
      roomTypes: JSON.stringify(query.roomTypes),
      messageStates: JSON.stringify(query.messageStates),
      roomId: query.roomId ?? null,
      tag: query.tag ?? null,
    },
  );
  return toRoomPage(sql, query, { rows, messageIds: [], userIds: [] });
}

export function getRoom(sql: Statements, query: RoomQuery): RoomPage {
  return toRoomPage(sql, query, { rows: [getRoomRow(sql, query)], messageIds: [], userIds: [] });
}

/** @throws PERMISSION_DENIED where the reader is not a member, or there is no such room */
export function getRoomRow(sql: Statements, { communityId, userId, roomId }: RoomQuery): RoomRow {
  const row = sql.get<RoomRow>(
    `SELECT ${ROOM_COLUMNS}
     FROM memberships AS m
     CROSS JOIN channels AS c ON c.community_id = m.community_id AND c.id = m.channel_id
     CROSS JOIN (SELECT last_seq AS lastSeq FROM channels
       WHERE community_id = @communityId AND id = @roomId) AS place
     WHERE m.community_id = @communityId AND m.user_id = @userId AND m.channel_id = @roomId
       AND m.is_member = 1`,
    { communityId, userId, roomId },
  );
  if (row) return row;
  throw new AppError('PERMISSION_DENIED', `you are not a member of room ${roomId}`);
}

interface Mentioned {
  readonly rows: readonly RoomRow[];
  /** Beside those that the rows mention. */
  readonly messageIds: readonly number[];
  readonly userIds: readonly (number | undefined)[];
}

/** Rooms, with the messages that they and others mention, and everyone whom any of these mentions. */
export function toRoomPage(
  sql: Statements,
  { communityId, userId }: Reader,
  { rows, messageIds, userIds }: Mentioned,
): RoomPage {
  const reader = { communityId, userId };
  const ofRooms = rows.flatMap((row) => [row.lastMessageId, row.lastSeenId, row.topicId]);
  const ids = [...messageIds, ...ofRooms.filter((id) => id !== null)];
  const messageRows = findMessageRows(sql, reader, ids);
  const belongings = findBelongings(sql, reader, messageRows);
  const messages = messageRows
    .map((row) => toRoomMessage({ ...row, replyToId: null }, belongings))
    .toSorted((one, other) => one.id - other.id);
  const members = rows.flatMap(({ creatorId, peerId }) => [creatorId, peerId ?? undefined]);
  const users = findUsers(sql, reader, [...userIds, ...members, ...userIdsOf(messages)]);
  const community = findCommunity(sql, communityId);
  if (!community) throw new AppError('NOT_FOUND', `community ${communityId} does not exist`);
  const byId = new Map(users.map((user) => [user.id, user]));
  return { rooms: rows.map((row) => toRoom(row, userId, byId)), references: { community, users, messages } };
}

function toRoom(row: RoomRow, userId: number, users: ReadonlyMap<number, User>): Room {
  const { id, type, name, roomType, creatorId, createdAtMs, version } = row;
  const { lastSeq, readSeq, floorSeq, mark, uncounted } = row;
  const isDirect = roomType === DIRECT_ROOM;
  const otherId = creatorId === userId ? (row.peerId ?? userId) : creatorId;
  const ownTitle = isDirect ? users.get(otherId)?.name : row.title;
  const title = ownTitle || name;
  return {
    id,
    roomType,
    title,
    creatorId,
    createdAtMs,
    version,
    channel: { type, name },
    header: row.header || title,
    imageUrl: row.imageUrl ?? undefined,
    tag: row.tag ?? undefined,
    isSecret: row.isSecret === 1,
    peerId: row.peerId ?? undefined,
    isFollowing: row.isFollowing === 1,
    isMuted: row.isMuted === 1,
    unread: unreadCount({ lastSeq, readSeq, floorSeq, uncounted, mark }),
    lastSeenId: row.lastSeenId ?? undefined,
    lastMessageId: row.lastMessageId ?? undefined,
    topicId: row.topicId ?? undefined,
  };
}
