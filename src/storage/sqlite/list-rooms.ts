import { AppError } from '../../domain/errors.js';
import type { Version } from '../../domain/version.js';
import type { ListRooms, RoomPage, RoomQuery } from '../../ports/room-store.js';
import type { RoomRow } from '../sql/room-rows.js';
import { findShownPage } from './room-page.js';
import { NEWEST_MESSAGE_ID, roomColumns } from './room-rows.js';
import type { Statements } from './statements.js';

/**
 * A user's memberships with the time by which they are ordered. An ended or hidden one keeps its place, and so
 * does one that moved beyond the range, so that whatever changes while pages are turned moves to the front.
 */
function placesSql(order: ListRooms['order']): string {
  const position =
    order === 'changed'
      ? 'CASE WHEN m.is_member THEN max(c.version, m.version) ELSE m.version END'
      : 'coalesce(x.version, 0)';
  return `
    SELECT c.id AS channelId, x.id AS lastMessageId, ${position} AS position,
      m.is_member = 1 AND m.is_following = 1 AND x.seq > m.floor_seq
        AND (@roomId IS NULL OR c.id = @roomId) AND (@tag IS NULL OR c.tag = @tag) AS isShown
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

/** The page is cut before its columns are looked up, and sorted without them: SQLite would carry them along. */
function roomsSql(order: ListRooms['order']): string {
  return `
    SELECT place.position, ${roomColumns('place.lastMessageId')}
    FROM (
      SELECT * FROM (${placesSql(order)}) AS place WHERE isShown AND position <= @to
      ORDER BY position DESC, channelId DESC LIMIT @size + 0
    ) AS place
    CROSS JOIN memberships AS m
      ON m.community_id = @communityId AND m.user_id = @userId AND m.channel_id = place.channelId
    CROSS JOIN channels AS c ON c.community_id = @communityId AND c.id = place.channelId`;
}

type PlacedRow = readonly [position: Version, ...room: RoomRow];

function byPlace([one, oneId]: PlacedRow, [other, otherId]: PlacedRow): number {
  return other - one || otherId - oneId;
}

/** A constant number of statements, whatever the size of the page and of the rooms. */
export function listRooms(sql: Statements, query: ListRooms): RoomPage {
  const { communityId, userId, order, range, page, size } = query;
  const rows = sql.values<PlacedRow>(`rooms, ${order}`, () => roomsSql(order), {
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
  });
  const rooms = rows.toSorted(byPlace).map(([, ...row]) => row);
  return toRoomPage(sql, query, rooms);
}

export function getRoom(sql: Statements, query: RoomQuery): RoomPage {
  return toRoomPage(sql, query, [getRoomRow(sql, query)]);
}

/** @throws PERMISSION_DENIED where the reader is not a member, or there is no such room */
export function getRoomRow(sql: Statements, { communityId, userId, roomId }: RoomQuery): RoomRow {
  const [row] = sql.values<RoomRow>(
    'room',
    () => `
      SELECT ${roomColumns(NEWEST_MESSAGE_ID)}
      FROM memberships AS m
      CROSS JOIN channels AS c ON c.community_id = m.community_id AND c.id = m.channel_id
      WHERE m.community_id = @communityId AND m.user_id = @userId AND m.channel_id = @roomId
        AND m.is_member = 1`,
    { communityId, userId, roomId },
  );
  if (row) return row;
  throw new AppError('PERMISSION_DENIED', `you are not a member of room ${roomId}`);
}

function toRoomPage(
  sql: Statements,
  { communityId, userId }: Pick<RoomQuery, 'communityId' | 'userId'>,
  rows: readonly RoomRow[],
): RoomPage {
  const shown = { rooms: rows, messages: [], roomReactions: [] };
  const { rooms, references } = findShownPage(sql, { communityId, userId }, shown);
  return { rooms, references };
}
