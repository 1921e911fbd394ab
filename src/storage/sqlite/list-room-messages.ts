import { AppError } from '../../domain/errors.js';
import type { Reaction } from '../../domain/room.js';
import type { ListRoomMessages, RoomMessagePage, RoomMessageQuery } from '../../ports/room-store.js';
import { getRoomRow } from './list-rooms.js';
import type { Reader, RoomMessageRow } from '../sql/room-message-rows.js';
import { findMessageRow, messageColumns } from './room-messages.js';
import { findShownPage } from './room-page.js';
import type { Statements } from './statements.js';

type Shape = Pick<ListRoomMessages, 'order' | 'direction'>;

/**
 * By what pages are cut: an order in which rows stay, or move to the front. By the last change, upwards, they
 * would move to the end, and others would take their places. So those pages are cut by seq, and each is put in
 * order by itself.
 */
function cutOf({ order, direction }: Shape): readonly string[] {
  if (order === 'created' || direction === 'ascending') return ['seq'];
  return ['updated_version', 'seq'];
}

/** Where a page begins: the place of the message that its offset comes to. Past the end there is none. */
function startSql(shape: Shape): string {
  const columns = cutOf(shape).map((column) => `x.${column}`);
  const towards = shape.direction === 'ascending' ? 'ASC' : 'DESC';
  return `
    SELECT ${columns.join(', ')} FROM messages AS x ${hintOf(shape)}
    WHERE x.community_id = @communityId AND x.channel_id = @roomId AND x.seq > @floorSeq
      AND x.updated_version >= @from AND x.version <= @to
    ORDER BY ${columns.map((column) => `${column} ${towards}`).join(', ')} LIMIT 1 OFFSET @skip`;
}

/** What has changed since is mostly little, and found by the index. */
function hintOf({ order, direction }: Shape): string {
  return order === 'updated' && direction === 'ascending' ? 'INDEXED BY messages_by_update' : '';
}

function pageSql(shape: Shape): string {
  const places = cutOf(shape).map((column) => `messages.${column}`);
  const [towards, isAtOrAfter] = shape.direction === 'ascending' ? ['ASC', '>='] : ['DESC', '<='];
  return `
    SELECT ${messageColumns('@floorSeq')}
    FROM messages ${hintOf(shape)}
    WHERE messages.community_id = @communityId AND messages.channel_id = @roomId
      AND (${places.join(', ')}) ${isAtOrAfter} (${startSql(shape)})
      AND messages.seq > @floorSeq AND messages.updated_version BETWEEN @from AND @to
      AND messages.state NOT IN (SELECT value FROM json_each(@excludedStates))
    ORDER BY ${places.map((place) => `${place} ${towards}`).join(', ')} LIMIT @size + 0`;
}

/** A constant number of statements, whatever the size of the page and of the room. */
export function listRoomMessages(sql: Statements, query: ListRoomMessages): RoomMessagePage {
  const { communityId, userId, roomId, messageId } = query;
  const reader = { communityId, userId, roomId };
  const floorSeq = getFloor(sql, reader);
  if (messageId === undefined) return toPage(sql, reader, findPage(sql, query, floorSeq));
  const row = findMessageRow(sql, { communityId, userId }, messageId);
  if (row?.[1] !== roomId) throw messageNotFound(messageId);
  return toPage(sql, reader, query.page === 1 ? [row] : []);
}

function findPage(sql: Statements, query: ListRoomMessages, floorSeq: number): RoomMessageRow[] {
  const { communityId, roomId, order, direction, range, page, size } = query;
  const name = `room messages, ${order}, ${direction}`;
  const rows = sql.values<RoomMessageRow>(name, () => pageSql(query), {
    communityId,
    roomId,
    size,
    floorSeq,
    from: range.from,
    to: range.to,
    skip: (page - 1) * size,
    excludedStates: JSON.stringify(query.excludedStates),
  });
  return order === 'updated' ? rows.toSorted(byUpdate(query)) : rows;
}

function byUpdate({ direction }: Shape): (a: RoomMessageRow, b: RoomMessageRow) => number {
  const sign = direction === 'ascending' ? 1 : -1;
  return ([, , seq, , , , , , , updated], [, , otherSeq, , , , , , , otherUpdated]) =>
    sign * (updated - otherUpdated || seq - otherSeq);
}

/** @throws NOT_FOUND for a message that does not exist, or that the reader cannot see */
export function getRoomMessage(sql: Statements, query: RoomMessageQuery): RoomMessagePage {
  const { communityId, userId, messageId } = query;
  const row = findMessageRow(sql, { communityId, userId }, messageId);
  if (!row) throw messageNotFound(messageId);
  return toPage(sql, { communityId, userId, roomId: row[1] }, [row]);
}

interface RoomReader extends Reader {
  readonly roomId: number;
}

function toPage(
  sql: Statements,
  { roomId, ...reader }: RoomReader,
  rows: readonly RoomMessageRow[],
): RoomMessagePage {
  const roomReactions = findRoomReactions(sql, { ...reader, roomId });
  const shown = { rooms: [getRoomRow(sql, { ...reader, roomId })], messages: rows, roomReactions };
  const { rooms, messages, references } = findShownPage(sql, reader, shown);
  const [room] = rooms;
  if (!room) throw new AppError('INTERNAL', `room ${roomId} is gone`);
  return { room, messages, references, roomReactions };
}

function findRoomReactions(sql: Statements, { communityId, roomId }: RoomReader): Reaction[] {
  return sql.all<Reaction>(
    `SELECT id, user_id AS userId, reaction FROM reactions
     WHERE community_id = @communityId AND channel_id = @roomId AND message_id = 0 ORDER BY id`,
    { communityId, roomId },
  );
}

/** Up to where the reader sees nothing. */
function getFloor(sql: Statements, reader: RoomReader): number {
  const row = sql.get<{ floorSeq: number }>(
    `SELECT floor_seq AS floorSeq FROM memberships
     WHERE community_id = @communityId AND user_id = @userId AND channel_id = @roomId AND is_member = 1`,
    reader,
  );
  if (row) return row.floorSeq;
  throw new AppError('PERMISSION_DENIED', `you are not a member of room ${reader.roomId}`);
}

function messageNotFound(messageId: number): AppError {
  return new AppError('NOT_FOUND', `there is no message ${messageId}`);
}
