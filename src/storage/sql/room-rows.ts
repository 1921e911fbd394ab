import { DIRECT_ROOM, type Room, type User } from '../../domain/room.js';
import { unreadCount } from '../../domain/unread.js';
import type { Version } from '../../domain/version.js';

/** What an engine reads of a room and its reader's state in it, by position: a row of values is half the work of a row with names. */
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
