import { AppError } from '../../domain/errors.js';
import type { Reaction } from '../../domain/room.js';
import type { ListRoomMessages, RoomMessagePage, RoomMessageQuery } from '../../ports/room-store.js';
import type { Reader, RoomMessageRow } from '../sql/room-message-rows.js';
import { getRoomRow } from './list-rooms.js';
import { findMessageRow, findMessageRows, messageColumns } from './room-messages.js';
import { findShownPage } from './room-page.js';
import type { Statements } from './statements.js';

type Shape = Pick<ListRoomMessages, 'order' | 'direction'>;

/** Up to where the reader sees nothing; null where he is not a member, which shows him nothing at all. */
const FLOOR = `(
  SELECT floor_seq FROM memberships
  WHERE community_id = @communityId AND user_id = @userId AND channel_id = @roomId AND is_member = 1
)`;

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
    SELECT ${columns.join(', ')} FROM messages AS x
    WHERE x.community_id = @communityId AND x.channel_id = @roomId AND x.seq > ${FLOOR}
      AND x.updated_version >= @from AND x.version <= @to
    ORDER BY ${columns.map((column) => `${column} ${towards}`).join(', ')} LIMIT 1 OFFSET @skip`;
}

function pageSql(shape: Shape): string {
  const places = cutOf(shape).map((column) => `messages.${column}`);
  const [towards, isAtOrAfter] = shape.direction === 'ascending' ? ['ASC', '>='] : ['DESC', '<='];
  return `
    SELECT ${messageColumns(FLOOR)}
    FROM messages
    WHERE messages.community_id = @communityId AND messages.channel_id = @roomId
      AND (${places.join(', ')}) ${isAtOrAfter} (${startSql(shape)})
      AND messages.seq > ${FLOOR} AND messages.updated_version BETWEEN @from AND @to
      AND messages.state <> ALL (CAST(@excludedStates AS BIGINT[]))
    ORDER BY ${places.map((place) => `${place} ${towards}`).join(', ')} LIMIT @size`;
}

/** A constant number of statements, whatever the size of the page and of the room. */
export async function listRoomMessages(sql: Statements, query: ListRoomMessages): Promise<RoomMessagePage> {
  const { communityId, userId, roomId, messageId } = query;
  const reader = { communityId, userId, roomId };
  if (messageId === undefined) return toPage(sql, reader, findPage(sql, query));
  return toPage(sql, reader, findOne(sql, query, messageId));
}

async function findOne(
  sql: Statements,
  { communityId, userId, roomId, page }: ListRoomMessages,
  messageId: number,
): Promise<RoomMessageRow[]> {
  const row = await findMessageRow(sql, { communityId, userId }, messageId);
  if (row?.[1] !== roomId) throw messageNotFound(messageId);
  return page === 1 ? [row] : [];
}

async function findPage(sql: Statements, query: ListRoomMessages): Promise<RoomMessageRow[]> {
  const { communityId, userId, roomId, order, range, page, size } = query;
  const rows = await findMessageRows(sql, pageSql(query), {
    communityId,
    userId,
    roomId,
    size,
    from: range.from,
    to: range.to,
    skip: (page - 1) * size,
    excludedStates: query.excludedStates,
  });
  return order === 'updated' ? rows.toSorted(byUpdate(query)) : rows;
}

function byUpdate({ direction }: Shape): (a: RoomMessageRow, b: RoomMessageRow) => number {
  const sign = direction === 'ascending' ? 1 : -1;
  return ([, , seq, , , , , , , updated], [, , otherSeq, , , , , , , otherUpdated]) =>
    sign * (updated - otherUpdated || seq - otherSeq);
}

/** @throws NOT_FOUND for a message that does not exist, or that the reader cannot see */
export async function getRoomMessage(sql: Statements, query: RoomMessageQuery): Promise<RoomMessagePage> {
  const { communityId, userId, messageId } = query;
  const row = await findMessageRow(sql, { communityId, userId }, messageId);
  if (!row) throw messageNotFound(messageId);
  return toPage(sql, { communityId, userId, roomId: row[1] }, Promise.resolve([row]));
}

interface RoomReader extends Reader {
  readonly roomId: number;
}

/** The rows are asked for together with the room's; who is no member of the room hears that first. */
async function toPage(
  sql: Statements,
  { roomId, ...reader }: RoomReader,
  rows: Promise<readonly RoomMessageRow[]>,
): Promise<RoomMessagePage> {
  const room = { ...reader, roomId };
  const asked = [getRoomRow(sql, room), rows, findRoomReactions(sql, room)] as const;
  await Promise.allSettled(asked);
  const [roomRow, messages, roomReactions] = [await asked[0], await asked[1], await asked[2]];
  const shown = { rooms: [roomRow], messages, roomReactions };
  const page = await findShownPage(sql, reader, shown);
  const [shownRoom] = page.rooms;
  if (!shownRoom) throw new AppError('INTERNAL', `room ${roomId} is gone`);
  return { room: shownRoom, messages: page.messages, references: page.references, roomReactions };
}

function findRoomReactions(sql: Statements, { communityId, roomId }: RoomReader): Promise<Reaction[]> {
  return sql.all<Reaction>(
    `SELECT id, user_id AS "userId", reaction FROM reactions
     WHERE community_id = @communityId AND channel_id = @roomId AND message_id = 0 ORDER BY id`,
    { communityId, roomId },
  );
}

function messageNotFound(messageId: number): AppError {
  return new AppError('NOT_FOUND', `there is no message ${messageId}`);
}
