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
  const place =
    order === 'changed'
      ? 'CASE WHEN m.is_member = 1 THEN greatest(c.version, m.version) ELSE m.version END'
      : 'coalesce(x.version, 0)';
  return `
    SELECT c.id AS channelId, x.id AS lastMessageId, ${place} AS place,
      m.is_member = 1 AND m.is_following = 1 AND x.seq > m.floor_seq
        AND (CAST(@roomId AS BIGINT) IS NULL OR c.id = @roomId)
        AND (CAST(@tag AS TEXT) IS NULL OR c.tag = @tag) AS isShown
    FROM memberships AS m
    JOIN channels AS c ON c.community_id = m.community_id AND c.id = m.channel_id
    LEFT JOIN LATERAL (
      SELECT y.id, y.seq, y.version FROM messages AS y
      WHERE y.community_id = c.community_id AND y.channel_id = c.id
        AND y.state = ANY (CAST(@messageStates AS BIGINT[]))
      ORDER BY y.seq DESC LIMIT 1
    ) AS x ON TRUE
    WHERE m.community_id = @communityId AND m.user_id = @userId
      AND c.room_type = ANY (CAST(@roomTypes AS BIGINT[])) AND ${place} >= @from
    ORDER BY place DESC, channelId DESC OFFSET @skip`;
}

/** The page is cut before its columns are looked up. */
function roomsSql(order: ListRooms['order']): string {
  return `
    SELECT place.place, ${roomColumns('place.lastMessageId')}
    FROM (
      SELECT * FROM (${placesSql(order)}) AS places WHERE isShown AND place <= @to
      ORDER BY place DESC, channelId DESC LIMIT @size
    ) AS place
    JOIN memberships AS m
      ON m.community_id = @communityId AND m.user_id = @userId AND m.channel_id = place.channelId
    JOIN channels AS c ON c.community_id = @communityId AND c.id = place.channelId
    ORDER BY place.place DESC, place.channelId DESC`;
}

type PlacedRow = readonly [place: Version, ...room: RoomRow];

/** A constant number of statements, whatever the size of the page and of the rooms. */
export async function listRooms(sql: Statements, query: ListRooms): Promise<RoomPage> {
  const { communityId, userId, order, range, page, size } = query;
  const rows = await sql.values<PlacedRow>(roomsSql(order), {
    communityId,
    userId,
    size,
    from: range.from,
    to: range.to,
    skip: (page - 1) * size,
    roomTypes: query.roomTypes,
    messageStates: query.messageStates,
    roomId: query.roomId,
    tag: query.tag,
  });
  const rooms = rows.map(([, ...row]) => row);
  return toRoomPage(sql, query, rooms);
}

export async function getRoom(sql: Statements, query: RoomQuery): Promise<RoomPage> {
  return toRoomPage(sql, query, [await getRoomRow(sql, query)]);
}

/** @throws PERMISSION_DENIED where the reader is not a member, or there is no such room */
export async function getRoomRow(
  sql: Statements,
  { communityId, userId, roomId }: RoomQuery,
): Promise<RoomRow> {
  const [row] = await sql.values<RoomRow>(
    `SELECT ${roomColumns(NEWEST_MESSAGE_ID)}
     FROM memberships AS m
     JOIN channels AS c ON c.community_id = m.community_id AND c.id = m.channel_id
     WHERE m.community_id = @communityId AND m.user_id = @userId AND m.channel_id = @roomId
       AND m.is_member = 1`,
    { communityId, userId, roomId },
  );
  if (row) return row;
  throw new AppError('PERMISSION_DENIED', `you are not a member of room ${roomId}`);
}

async function toRoomPage(
  sql: Statements,
  { communityId, userId }: Pick<RoomQuery, 'communityId' | 'userId'>,
  rows: readonly RoomRow[],
): Promise<RoomPage> {
  const shown = { rooms: rows, messages: [], roomReactions: [] };
  const { rooms, references } = await findShownPage(sql, { communityId, userId }, shown);
  return { rooms, references };
}
