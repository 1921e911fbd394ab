import { channelKey, GROUP_CHANNEL, PERSON_CHANNEL } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import { DIRECT_ROOM, HEADER_STATE, textPayload } from '../../domain/room.js';
import { channelTopic, userTopic } from '../../domain/topic.js';
import type {
  CreateRoom,
  OpenDirectRoom,
  RoomCommand,
  SetRoomFlag,
  SetTopic,
  UpdateRoom,
} from '../../ports/room-store.js';
import { joinChannel, markRead } from './memberships.js';
import { findUser } from './profiles.js';
import { getLiveMessage, getOwnRoom, touchRoom } from './room-access.js';
import { ensureChannel, findChannel, type ChannelRow } from './rows.js';
import { type Appended, appendMessage } from './send-message.js';
import type { WriteTransaction } from './write-transaction.js';

export function createRoom(transaction: WriteTransaction, command: CreateRoom): number {
  const { communityId, userId, roomType, title, header, imageUrl, tag, isSecret } = command;
  const creator = getUser(transaction, communityId, { id: userId });
  const key = { type: GROUP_CHANNEL, name: command.channelId };
  if (findChannel(transaction, communityId, key)) {
    throw new AppError('CONFLICT', `channel ${command.channelId} exists already`);
  }
  const version = transaction.tick(communityId);
  const channel = ensureChannel(transaction, { communityId, channel: key }, version);
  transaction.sql.run(
    `UPDATE channels SET room_type = @roomType, creator_id = @userId, title = @title, header = @header,
       image_url = @imageUrl, tag = @tag, is_secret = @isSecret
     WHERE community_id = @communityId AND id = @id`,
    {
      communityId,
      id: channel.id,
      roomType,
      userId,
      title,
      header,
      imageUrl: imageUrl ?? null,
      tag: tag ?? null,
      isSecret: isSecret ? 1 : 0,
    },
  );
  for (const uid of new Set([creator.uid, ...command.memberUids])) {
    joinChannel(transaction, { communityId, channel, uid, version });
  }
  appendHeader(transaction, command, { channel, key, senderId: userId, fromUid: creator.uid, version });
  return channel.id;
}

function appendHeader(
  transaction: WriteTransaction,
  { communityId, clientMsgNo, header, title }: CreateRoom,
  place: Appended,
): void {
  const payload = textPayload(header || title);
  const content = { communityId, clientMsgNo, payload, redDot: false, setting: 0, expireSeconds: 0 };
  appendMessage(transaction, content, { ...place, state: HEADER_STATE });
}

export function updateRoom(transaction: WriteTransaction, command: UpdateRoom): void {
  const { communityId, userId, roomId, title, header, imageUrl, tag } = command;
  const room = getOwnRoom(transaction, command);
  if (room.creatorId !== userId && !room.isManager) {
    throw new AppError('PERMISSION_DENIED', 'only its creator or a manager may change a room');
  }
  const given = {
    title: title ?? null,
    header: header ?? null,
    imageUrl: imageUrl ?? null,
    tag: tag ?? null,
  };
  const place = { communityId, roomId };
  const changes = transaction.sql.run(
    `UPDATE channels SET title = coalesce(@title, title), header = coalesce(@header, header),
       image_url = coalesce(@imageUrl, image_url), tag = coalesce(@tag, tag)
     WHERE community_id = @communityId AND id = @roomId AND (
       title IS NOT coalesce(@title, title) OR header IS NOT coalesce(@header, header)
       OR image_url IS NOT coalesce(@imageUrl, image_url) OR tag IS NOT coalesce(@tag, tag)
     )`,
    { ...place, ...given },
  );
  if (changes > 0) touchRoom(transaction, room, transaction.tick(communityId));
}

export function openDirectRoom(transaction: WriteTransaction, command: OpenDirectRoom): number {
  const { communityId, userId, peer } = command;
  const own = getUser(transaction, communityId, { id: userId });
  const other = getUser(transaction, communityId, peer);
  const key = channelKey(own.uid, other.uid, PERSON_CHANNEL);
  const existing = findChannel(transaction, communityId, key);
  if (existing && countMembers(transaction, communityId, existing) === new Set([own.uid, other.uid]).size) {
    return existing.id;
  }
  const version = transaction.tick(communityId);
  const channel = ensureChannel(transaction, { communityId, channel: key }, version);
  for (const uid of [own.uid, other.uid]) joinChannel(transaction, { communityId, channel, uid, version });
  return channel.id;
}

function countMembers({ sql }: WriteTransaction, communityId: number, { id }: ChannelRow): number {
  const row = sql.get<{ count: number }>(
    `SELECT count(*) AS count FROM memberships
     WHERE community_id = @communityId AND channel_id = @id AND is_member = 1`,
    { communityId, id },
  );
  return row?.count ?? 0;
}

export function setTopic(transaction: WriteTransaction, command: SetTopic): void {
  const { communityId, roomId, messageId } = command;
  const room = getOwnRoom(transaction, command);
  const message = getLiveMessage(transaction, command);
  if (message.room.roomId !== roomId) throw new AppError('NOT_FOUND', `there is no message ${messageId}`);
  if (room.topicId === messageId) return;
  transaction.sql.run(
    `UPDATE channels SET topic_id = @messageId, version = @version
     WHERE community_id = @communityId AND id = @roomId`,
    { communityId, roomId, messageId, version: transaction.tick(communityId) },
  );
  transaction.touch(communityId, channelTopic(roomId));
}

export function setFollowing(transaction: WriteTransaction, command: SetRoomFlag): void {
  const { communityId, userId, roomId, value } = command;
  if (value) joinOpenRoom(transaction, command);
  const room = getOwnRoom(transaction, command);
  if (room.isFollowing === Number(value)) return;
  transaction.sql.run(
    `UPDATE memberships SET is_following = @value, version = @version
     WHERE community_id = @communityId AND user_id = @userId AND channel_id = @roomId`,
    { communityId, userId, roomId, value: Number(value), version: transaction.tick(communityId) },
  );
  transaction.touch(communityId, userTopic(userId));
}

/** Whoever follows an open room is a member of it from then on. */
function joinOpenRoom(transaction: WriteTransaction, { communityId, userId, roomId }: RoomCommand): void {
  const room = transaction.sql.get<ChannelRow>(
    `SELECT c.id, c.last_seq AS lastSeq, c.floor_seq AS floorSeq FROM channels AS c
     WHERE c.community_id = @communityId AND c.id = @roomId AND c.is_deleted = 0 AND c.is_secret = 0
       AND c.room_type <> ${DIRECT_ROOM} AND NOT EXISTS (
         SELECT 1 FROM memberships AS m WHERE m.community_id = c.community_id AND m.channel_id = c.id
           AND m.user_id = @userId AND m.is_member = 1
       )`,
    { communityId, userId, roomId },
  );
  if (!room) return;
  const { uid } = getUser(transaction, communityId, { id: userId });
  joinChannel(transaction, { communityId, channel: room, uid, version: transaction.tick(communityId) });
}

export function setMuted(transaction: WriteTransaction, command: SetRoomFlag): void {
  const { communityId, userId, roomId, value } = command;
  const room = getOwnRoom(transaction, command);
  if (room.isMuted === Number(value)) return;
  transaction.sql.run(
    `UPDATE memberships SET is_muted = @value, version = @version
     WHERE community_id = @communityId AND user_id = @userId AND channel_id = @roomId`,
    { communityId, userId, roomId, value: Number(value), version: transaction.tick(communityId) },
  );
  transaction.touch(communityId, userTopic(userId));
}

export function markRoomRead(transaction: WriteTransaction, command: RoomCommand): void {
  const { communityId, userId } = command;
  const { type, name } = getOwnRoom(transaction, command);
  const { uid } = getUser(transaction, communityId, { id: userId });
  markRead(transaction, { communityId, uid, channel: { type, name }, seq: undefined });
}

function getUser(
  { sql }: WriteTransaction,
  communityId: number,
  who: { readonly id: number } | { readonly uid: string },
): { readonly id: number; readonly uid: string } {
  const user = findUser(sql, { communityId, ...who });
  if (user) return user;
  throw new AppError('NOT_FOUND', `there is no user ${'id' in who ? who.id : who.uid}`);
}
