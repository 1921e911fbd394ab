import type { Community, Reaction, Room, RoomMessage, User } from '../../domain/room.js';
import type { References } from '../../ports/room-store.js';
import type { Belongings } from './belongings.js';
import { toRoomMessage, type Reader, type RoomMessageRow } from './room-message-rows.js';
import { messageIdsOf, toRoom, userIdsOf, type RoomRow } from './room-rows.js';

export interface Shown {
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

/** The ids of the messages that rooms and messages mention. */
export function mentionedIds({ rooms, messages }: Shown): number[] {
  const replies = messages.map((row) => row[13]);
  return [...replies, ...rooms.flatMap(messageIdsOf)].filter((id) => id !== null);
}

/** The messages of a page and those that it mentions, with what hangs on them, and whom all of it mentions. */
export interface PageMessages {
  readonly messages: RoomMessage[];
  readonly referenced: RoomMessage[];
  readonly userIds: ReadonlySet<number | null | undefined>;
}

export function toPageMessages(
  shown: Shown,
  referencedRows: readonly RoomMessageRow[],
  belongings: Belongings,
): PageMessages {
  const messages = shown.messages.map((row) => toRoomMessage(row, belongings));
  const referenced = referencedRows
    .map((row) => toRoomMessage(row, belongings))
    .toSorted((one, other) => one.id - other.id);
  const userIds = new Set<number | null | undefined>(shown.rooms.flatMap(userIdsOf));
  for (const { userId } of shown.roomReactions) userIds.add(userId);
  for (const list of [messages, referenced]) for (const message of list) addUserIds(userIds, message);
  return { messages, referenced, userIds };
}

function addUserIds(ids: Set<number | null | undefined>, message: RoomMessage): void {
  ids.add(message.authorId).add(message.deletedById);
  for (const { userId } of message.reactions) ids.add(userId);
  for (const { userId } of message.poll?.options ?? []) ids.add(userId);
}

interface PageReferences {
  readonly community: Community;
  readonly users: readonly User[];
}

export function toShownPage(
  { rooms, reader }: { readonly rooms: readonly RoomRow[]; readonly reader: Reader },
  { messages, referenced }: PageMessages,
  { community, users }: PageReferences,
): ShownPage {
  const byId = new Map(users.map((user) => [user.id, user]));
  return {
    rooms: rooms.map((row) => toRoom(row, reader.userId, byId)),
    messages,
    references: { community, users, messages: referenced },
  };
}
