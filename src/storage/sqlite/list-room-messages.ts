import { AppError } from '../../domain/errors.js';
import type { Reaction, RoomMessage } from '../../domain/room.js';
import type { ListRoomMessages, RoomMessagePage, RoomMessageQuery } from '../../ports/room-store.js';
import { getRoomRow, toRoomPage } from './list-rooms.js';
import {
  findBelongings,
  findMessageRows,
  JOIN_ROOM_MESSAGE,
  ROOM_MESSAGE_COLUMNS,
  toRoomMessage,
  userIdsOf,
  type Reader,
  type RoomMessageRow,
} from './room-messages.js';
import type { Statements } from './statements.js';

/**
 * By what pages are cut: an order in which rows stay, or move to the front. By the last change, upwards, they
 * would move to the end, and others would take their places. So those pages are cut by seq, and each is put in
 * order by itself.
 */
function cutOf({ order, direction }: ListRoomMessages): readonly string[] {
  if (order === 'created' || direction === 'ascending') return ['seq'];
  return ['updated_version', 'seq'];
}

/** Where a page begins: the place of the message that its offset comes to. Past the end there is none. */
function startSql(query: ListRoomMessages): string {
  const columns = cutOf(query).map((column) => `x.${column}`);
  const towards = query.direction === 'ascending' ? 'ASC' : 'DESC';
  return `
    SELECT ${columns.join(', ')} FROM messages AS x ${hintOf(query)}
    WHERE x.community_id = @communityId AND x.channel_id = @roomId AND x.seq > @floorSeq
      AND x.updated_version >= @from AND x.version <= @to
    ORDER BY ${columns.map((column) => `${column} ${towards}`).join(', ')} LIMIT 1 OFFSET @skip`;
}

/** What has changed since is mostly little, and found by the index. */
function hintOf({ order, direction }: ListRoomMessages): string {
  return order === 'updated' && direction === 'ascending' ? 'INDEXED BY messages_by_update' : '';
}

/** A constant number of statements, whatever the size of the page and of the room. */
export function listRoomMessages(sql: Statements, query: ListRoomMessages): RoomMessagePage {
  const { communityId, userId, roomId, messageId, page, size } = query;
  const reader = { communityId, userId };
  requireMember(sql, query);
  if (messageId !== undefined) {
    const rows = findMessageRows(sql, reader, [messageId]).filter((row) => row.roomId === roomId);
    if (rows.length === 0) throw messageNotFound(messageId);
    return toPage(sql, { ...reader, roomId }, page === 1 ? rows : []);
  }
  const places = cutOf(query).map((column) => `messages.${column}`);
  const [towards, isAtOrAfter] = query.direction === 'ascending' ? ['ASC', '>='] : ['DESC', '<='];
  const rows = sql.all<RoomMessageRow>(
    `SELECT ${ROOM_MESSAGE_COLUMNS}
     FROM messages ${hintOf(query)} ${JOIN_ROOM_MESSAGE}
     WHERE messages.community_id = @communityId AND messages.channel_id = @roomId
       AND (${places.join(', ')}) ${isAtOrAfter} (${startSql(query)})
       AND messages.seq > @floorSeq AND messages.updated_version BETWEEN @from AND @to
       AND messages.state NOT IN (SELECT value FROM json_each(@excludedStates))
     ORDER BY ${places.map((place) => `${place} ${towards}`).join(', ')} LIMIT @size`,
    {
      ...reader,
      roomId,
      size,
      floorSeq: findFloor(sql, query),
      from: query.range.from,
      to: query.range.to,
      skip: (page - 1) * size,
      excludedStates: JSON.stringify(query.excludedStates),
    },
  );
  return toPage(
    sql,
    { ...reader, roomId },
    query.order === 'updated' ? rows.toSorted(byUpdate(query)) : rows,
  );
}

function byUpdate({ direction }: ListRoomMessages): (a: RoomMessageRow, b: RoomMessageRow) => number {
  const sign = direction === 'ascending' ? 1 : -1;
  return (a, b) => sign * (a.updatedVersion - b.updatedVersion || a.seq - b.seq);
}

/** @throws NOT_FOUND for a message that does not exist, or that the reader cannot see */
export function getRoomMessage(sql: Statements, query: RoomMessageQuery): RoomMessagePage {
  const { communityId, userId, messageId } = query;
  const [row] = findMessageRows(sql, { communityId, userId }, [messageId]);
  if (!row) throw messageNotFound(messageId);
  return toPage(sql, { communityId, userId, roomId: row.roomId }, [row]);
}

interface RoomReader extends Reader {
  readonly roomId: number;
}

function toPage(sql: Statements, reader: RoomReader, rows: readonly RoomMessageRow[]): RoomMessagePage {
  const roomRow = getRoomRow(sql, reader);
  const belongings = findBelongings(sql, reader, rows);
  const messages = rows.map((row) => toRoomMessage(row, belongings));
  const roomReactions = findRoomReactions(sql, reader);
  const { rooms, references } = toRoomPage(sql, reader, {
    rows: [roomRow],
    messageIds: replyIdsOf(messages),
    userIds: [...userIdsOf(messages), ...roomReactions.map(({ userId }) => userId)],
  });
  const [room] = rooms;
  if (!room) throw new AppError('INTERNAL', `room ${reader.roomId} is gone`);
  return { room, messages, references, roomReactions };
}

function replyIdsOf(messages: readonly RoomMessage[]): number[] {
  return messages.map(({ replyToId }) => replyToId).filter((id) => id !== undefined);
}

function findRoomReactions(sql: Statements, { communityId, roomId }: RoomReader): Reaction[] {
  return sql.all<Reaction>(
    `SELECT id, user_id AS userId, reaction FROM reactions
     WHERE community_id = @communityId AND channel_id = @roomId AND message_id = 0 ORDER BY id`,
    { communityId, roomId },
  );
}

function requireMember(sql: Statements, query: ListRoomMessages): void {
  if (findFloor(sql, query) === undefined) {
    throw new AppError('PERMISSION_DENIED', `you are not a member of room ${query.roomId}`);
  }
}

function findFloor(sql: Statements, { communityId, userId, roomId }: ListRoomMessages): number | undefined {
  const row = sql.get<{ floorSeq: number }>(
    `SELECT floor_seq AS floorSeq FROM memberships
     WHERE community_id = @communityId AND user_id = @userId AND channel_id = @roomId AND is_member = 1`,
    { communityId, userId, roomId },
  );
  return row?.floorSeq;
}

function messageNotFound(messageId: number): AppError {
  return new AppError('NOT_FOUND', `there is no message ${messageId}`);
}
