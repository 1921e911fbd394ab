import { PERSON_CHANNEL } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import type { Reaction, Room, RoomMessage } from '../../domain/room.js';
import { NO_VERSION, type Version } from '../../domain/version.js';
import type { ListRooms, References, RoomPage, RoomQuery } from '../../ports/room-store.js';
import type { Own } from './memory-channels.js';
import { getUser, toUser } from './memory-profiles.js';
import { toRoomMessage } from './memory-room-message.js';
import {
  later,
  unreadMessages,
  visibleMessages,
  type Channel,
  type Community,
  type Membership,
  type StoredMessage,
} from './memory-state.js';

/** A row of the list, or the place that it would have there. */
interface Slot extends Own {
  readonly position: Version;
  readonly lastMessage: StoredMessage | undefined;
}

export function listRooms(community: Community, query: ListRooms): RoomPage {
  const { page, size } = query;
  const shown = listSlots(community, query)
    .toSorted((a, b) => b.position - a.position || b.channel.id - a.channel.id)
    .slice((page - 1) * size)
    .filter((slot) => isShown(slot, query))
    .slice(0, size);
  return toPage(community, shown);
}

/**
 * Everything that an offset counts: also rooms that the user has left, hidden or does not follow, and those
 * that have moved beyond the range. All of these were once in front, and others must not take their places.
 */
function listSlots(community: Community, query: ListRooms): Slot[] {
  const slots: Slot[] = [];
  for (const channel of community.channels.values()) {
    const membership = findMembership(channel, query.userId);
    if (!membership || !query.roomTypes.includes(channel.roomType)) continue;
    const lastMessage = channel.messages.findLast(({ state }) => query.messageStates.includes(state));
    const changed = membership.isMember ? later(channel.version, membership.version) : membership.version;
    const position = query.order === 'changed' ? changed : (lastMessage?.version ?? NO_VERSION);
    if (position >= query.range.from) slots.push({ channel, membership, position, lastMessage });
  }
  return slots;
}

function isShown({ channel, membership, position, lastMessage }: Slot, query: ListRooms): boolean {
  return (
    membership.isMember &&
    membership.isFollowing &&
    lastMessage !== undefined &&
    lastMessage.seq > membership.floorSeq &&
    position <= query.range.to &&
    (query.roomId === undefined || channel.id === query.roomId) &&
    (query.tag === undefined || channel.tag === query.tag)
  );
}

export function getRoom(community: Community, query: RoomQuery): RoomPage {
  const own = getOwn(community, query);
  const lastMessage = visibleMessages(own.channel, own.membership).at(-1);
  return toPage(community, [{ ...own, lastMessage }]);
}

function toPage(community: Community, rows: readonly Omit<Slot, 'position'>[]): RoomPage {
  const rooms = rows.map((row) => toRoom(community, row));
  const mentioned = rows.flatMap((row, index) =>
    findReferenced(row, [rooms[index]?.lastMessageId, rooms[index]?.lastSeenId, rooms[index]?.topicId]),
  );
  return { rooms, references: toReferences(community, { rooms, messages: [], mentioned, reactions: [] }) };
}

function toRoom(community: Community, { channel, membership, lastMessage }: Omit<Slot, 'position'>): Room {
  const visible = visibleMessages(channel, membership);
  const { creatorId, peerId } = findOwners(community, channel);
  const title = titleFor(community, { channel, membership });
  return {
    id: channel.id,
    channel: channel.key,
    roomType: channel.roomType,
    title,
    header: channel.header || title,
    imageUrl: channel.imageUrl,
    tag: channel.tag,
    isSecret: channel.isSecret,
    creatorId,
    peerId,
    createdAtMs: channel.createdAtMs,
    version: later(channel.version, membership.version),
    isFollowing: membership.isFollowing,
    isMuted: membership.isMuted,
    unread: unreadMessages(channel, membership).length + membership.mark,
    lastSeenId: visible.findLast(({ seq }) => seq <= membership.readSeq)?.id,
    lastMessageId: lastMessage?.id,
    topicId: visible.find(({ id }) => id === channel.topicId)?.id,
  };
}

function titleFor(community: Community, { channel, membership }: Own): string {
  const { creatorId, peerId } = findOwners(community, channel);
  if (peerId === undefined) return channel.title || channel.key.name;
  return toUser(getUser(community, creatorId === membership.userId ? peerId : creatorId)).name;
}

/** Who made a room. A direct one counts as made by the user with the lower id; the other is the peer. */
export function findOwners(community: Community, channel: Channel): Pick<Room, 'creatorId' | 'peerId'> {
  if (channel.key.type === PERSON_CHANNEL) {
    const ids = [...channel.members.values()].map(({ userId }) => userId);
    return { creatorId: Math.min(...ids), peerId: Math.max(...ids) };
  }
  return { creatorId: channel.creatorId ?? community.systemId, peerId: undefined };
}

/** What a page shows, to find everyone and everything that it mentions. */
interface Shown {
  readonly rooms: readonly Room[];
  readonly messages: readonly RoomMessage[];
  /** The messages that rooms and messages mention. */
  readonly mentioned: readonly RoomMessage[];
  readonly reactions: readonly Reaction[];
}

export function toReferences(
  community: Community,
  { rooms, messages, mentioned, reactions }: Shown,
): References {
  const userIds = new Set<number | undefined>();
  for (const { creatorId, peerId } of rooms) userIds.add(creatorId).add(peerId);
  for (const { userId } of reactions) userIds.add(userId);
  for (const { authorId, deletedById, reactions: own, poll } of [...messages, ...mentioned]) {
    userIds.add(authorId).add(deletedById);
    for (const { userId } of [...own, ...(poll?.options ?? [])]) userIds.add(userId);
  }
  const messagesById = new Map(mentioned.map((message) => [message.id, message]));
  return {
    community: community.profile,
    users: [...community.users.values()].filter(({ id }) => userIds.has(id)).map(toUser),
    messages: [...messagesById.values()].toSorted((a, b) => a.id - b.id),
  };
}

/** The messages of these ids as references, whose own replies are not followed. */
export function findReferenced(own: Own, ids: readonly (number | undefined)[]): RoomMessage[] {
  return visibleMessages(own.channel, own.membership)
    .filter(({ id }) => ids.includes(id))
    .map((message) => toRoomMessage(own, { ...message, replyToId: undefined }));
}

export function findMembership(channel: Channel, userId: number): Membership | undefined {
  return [...channel.members.values()].find((membership) => membership.userId === userId);
}

/** @throws PERMISSION_DENIED where the user is not a member, or there is no such room */
export function getOwn(community: Community, { userId, roomId }: Pick<RoomQuery, 'userId' | 'roomId'>): Own {
  const channel = community.findRoom(roomId);
  const membership = channel && findMembership(channel, userId);
  if (channel && membership?.isMember) return { channel, membership };
  throw new AppError('PERMISSION_DENIED', `you are not a member of room ${roomId}`);
}
