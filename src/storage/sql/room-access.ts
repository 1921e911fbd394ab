import { AppError } from '../../domain/errors.js';
import type { MessageJson } from '../../domain/message-json.js';
import { ANNOUNCEMENT_ROOM } from '../../domain/room.js';
import { channelTopic } from '../../domain/topic.js';
import type { Version } from '../../domain/version.js';
import { get, run, type Steps } from './steps.js';
import type { WriteTransaction } from './write-transaction.js';

/** A room that someone acts in, and what he is there. */
export interface OwnRoom {
  readonly communityId: number;
  readonly userId: number;
  readonly uid: string;
  readonly roomId: number;
  readonly type: number;
  readonly name: string;
  readonly roomType: number;
  readonly creatorId: number | null;
  readonly lastSeq: number;
  readonly topicId: number | null;
  readonly isClosed: number;
  readonly floorSeq: number;
  readonly isFollowing: number;
  readonly isMuted: number;
  readonly isManager: number;
}

interface RoomActor {
  readonly communityId: number;
  readonly userId: number;
  readonly roomId: number;
}

/** @throws PERMISSION_DENIED where the user is not a member, or there is no such room */
export function* getOwnRoom(actor: RoomActor): Steps<OwnRoom> {
  const { communityId, userId, roomId } = actor;
  const room = yield* get<OwnRoom>(
    `SELECT c.community_id AS "communityId", m.user_id AS "userId", u.uid, c.id AS "roomId", c.type, c.name,
       c.room_type AS "roomType", c.creator_id AS "creatorId", c.last_seq AS "lastSeq", c.topic_id AS "topicId",
       c.ban + c.disband + c.send_ban AS "isClosed", m.floor_seq AS "floorSeq",
       m.is_following AS "isFollowing", m.is_muted AS "isMuted", u.is_manager AS "isManager"
     FROM memberships AS m
     JOIN channels AS c ON c.community_id = m.community_id AND c.id = m.channel_id
     JOIN users AS u ON u.community_id = m.community_id AND u.id = m.user_id
     WHERE m.community_id = @communityId AND m.user_id = @userId AND m.channel_id = @roomId
       AND m.is_member = 1`,
    { communityId, userId, roomId },
  );
  if (room) return room;
  throw new AppError('PERMISSION_DENIED', `you are not a member of room ${roomId}`);
}

export function requirePoster({ roomType, isManager, isClosed }: OwnRoom): void {
  if (isClosed || (roomType === ANNOUNCEMENT_ROOM && !isManager)) {
    throw new AppError('PERMISSION_DENIED', 'you may not post in this room');
  }
}

/** A message that someone acts on. */
export interface OwnMessage {
  readonly id: number;
  readonly seq: number;
  readonly authorId: number;
  readonly payload: Uint8Array;
  readonly deletedById: number | null;
  readonly extras: string | null;
  readonly json: MessageJson;
  readonly room: OwnRoom;
}

interface MessageActor {
  readonly communityId: number;
  readonly userId: number;
  readonly messageId: number;
}

/**
 * @throws NOT_FOUND for a message that does not exist or that the user cannot see, CONFLICT for one that is
 * deleted
 */
export function* getLiveMessage(actor: MessageActor): Steps<OwnMessage> {
  const message = yield* getOwnMessage(actor);
  if (message.deletedById === null) return message;
  throw new AppError('CONFLICT', `message ${actor.messageId} is deleted`);
}

export function* getOwnMessage(actor: MessageActor): Steps<OwnMessage> {
  const { communityId, userId, messageId } = actor;
  const row = yield* get<Omit<OwnMessage, 'room'> & { roomId: number }>(
    `SELECT x.id, x.seq, x.sender_id AS "authorId", x.payload, x.deleted_by_id AS "deletedById", x.extras,
       x.json, x.channel_id AS "roomId"
     FROM messages AS x
     JOIN memberships AS m ON m.community_id = x.community_id AND m.user_id = @userId
       AND m.channel_id = x.channel_id AND m.is_member = 1
     WHERE x.community_id = @communityId AND x.id = @messageId AND x.seq > m.floor_seq`,
    { communityId, userId, messageId },
  );
  if (!row) throw new AppError('NOT_FOUND', `there is no message ${messageId}`);
  return { ...row, room: yield* getOwnRoom({ communityId, userId, roomId: row.roomId }) };
}

/** Makes a change of a message visible to all members: it moves the message and its room. */
export function* touchMessage(
  transaction: WriteTransaction,
  { id, room }: OwnMessage,
  version: Version,
): Steps<void> {
  yield run(`UPDATE messages SET updated_version = @version WHERE community_id = @communityId AND id = @id`, {
    communityId: room.communityId,
    id,
    version,
  });
  yield* touchRoom(transaction, room, version);
}

export function* touchRoom(
  transaction: WriteTransaction,
  { communityId, roomId }: { communityId: number; roomId: number },
  version: Version,
): Steps<void> {
  yield run('UPDATE channels SET version = @version WHERE community_id = @communityId AND id = @roomId', {
    communityId,
    roomId,
    version,
  });
  transaction.touch(communityId, channelTopic(roomId));
}
