import { AppError } from '../../domain/errors.js';
import type { Reaction, Room, RoomMessage, User } from '../../domain/room.js';
import type { References } from '../../ports/room-store.js';
import { findBelongings } from './belongings.js';
import { findCommunity, findUsers } from './profiles.js';
import { findReferencedRows, toRoomMessage, type Reader, type RoomMessageRow } from './room-messages.js';
import { messageIdsOf, toRoom, userIdsOf, type RoomRow } from './room-rows.js';
import type { Statements } from './statements.js';

interface Shown {
  readonly rooms: readonly RoomRow[];
  readonly messages: readonly RoomMessageRow[];
  readonly roomReactions: readonly Reaction[];
}

/** What a page shows, with the messages that it mentions and everyone whom any of these mentions. */
export interface ShownPage {
  readonly rooms: Room[];
  readonly messages: RoomMessage[];
  readonly references: References;
}

/** A constant number of statements, whatever is shown. */
export function toShownPage(sql: Statements, reader: Reader, shown: Shown): ShownPage {
  const replies = shown.messages.map((row) => row[13]);
  const mentionedIds = [...replies, ...shown.rooms.flatMap(messageIdsOf)].filter((id) => id !== null);
  const referencedRows = findReferencedRows(sql, reader, mentionedIds);
  const belongings = findBelongings(sql, reader, [...shown.messages, ...referencedRows]);
  const messages = shown.messages.map((row) => toRoomMessage(row, belongings));
  const referenced = referencedRows
    .map((row) => toRoomMessage(row, belongings))
    .toSorted((one, other) => one.id - other.id);
  const userIds = new Set<number | null | undefined>(shown.rooms.flatMap(userIdsOf));
  for (const { userId } of shown.roomReactions) userIds.add(userId);
  for (const list of [messages, referenced]) for (const message of list) addUserIds(userIds, message);
  const users = findUsers(sql, reader, userIds);
  return {
    rooms: toRooms(shown.rooms, reader, users),
    messages,
    references: { community: getCommunity(sql, reader), users, messages: referenced },
  };
}

function toRooms(rows: readonly RoomRow[], { userId }: Reader, users: readonly User[]): Room[] {
  const byId = new Map(users.map((user) => [user.id, user]));
  return rows.map((row) => toRoom(row, userId, byId));
}

function addUserIds(ids: Set<number | null | undefined>, message: RoomMessage): void {
  ids.add(message.authorId).add(message.deletedById);
  for (const { userId } of message.reactions) ids.add(userId);
  for (const { userId } of message.poll?.options ?? []) ids.add(userId);
}

function getCommunity(sql: Statements, { communityId }: Reader): References['community'] {
  const community = findCommunity(sql, communityId);
  if (community) return community;
  throw new AppError('NOT_FOUND', `community ${communityId} does not exist`);
}
