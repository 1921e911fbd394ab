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
import { count, get, run, type Steps } from './steps.js';
import type { WriteTransaction } from './write-transaction.js';

export function* createRoom(transaction: WriteTransaction, command: CreateRoom): Steps<number> {
  const { communityId, userId, roomType, title, header, imageUrl, tag, isSecret } = command;
  const creator = yield* getUser(communityId, { id: userId });
  const key = { type: GROUP_CHANNEL, name: command.channelId };
  if (yield* findChannel(communityId, key)) {
    throw new AppError('CONFLICT', `channel ${command.channelId} exists already`);
  }
  const version = transaction.tick(communityId);
  const channel = yield* ensureChannel(transaction, { communityId, channel: key }, version);
  yield run(
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
  const uids = [...new Set([creator.uid, ...command.memberUids])];
  yield* joinChannel(transaction, { communityId, channel, uids, version });
  yield* appendHeader(transaction, command, {
    channel,
    key,
    senderId: userId,
    fromUid: creator.uid,
    version,
  });
  return channel.id;
}

function* appendHeader(
  transaction: WriteTransaction,
  { communityId, clientMsgNo, header, title }: CreateRoom,
  place: Appended,
): Steps<void> {
  const payload = textPayload(header || title);
  const content = { communityId, clientMsgNo, payload, redDot: false, setting: 0, expireSeconds: 0 };
  yield* appendMessage(transaction, content, { ...place, state: HEADER_STATE });
}

export function* updateRoom(transaction: WriteTransaction, command: UpdateRoom): Steps<void> {
  const { communityId, userId, roomId, title, header, imageUrl, tag } = command;
  const room = yield* getOwnRoom(command);
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
  const changes = yield* count(
    `UPDATE channels SET title = coalesce(@title, title), header = coalesce(@header, header),
       image_url = coalesce(@imageUrl, image_url), tag = coalesce(@tag, tag)
     WHERE community_id = @communityId AND id = @roomId AND (
       title IS DISTINCT FROM coalesce(@title, title) OR header IS DISTINCT FROM coalesce(@header, header)
       OR image_url IS DISTINCT FROM coalesce(@imageUrl, image_url) OR tag IS DISTINCT FROM coalesce(@tag, tag)
     )`,
    { ...place, ...given },
  );
  if (changes > 0) yield* touchRoom(transaction, room, transaction.tick(communityId));
}

export function* openDirectRoom(transaction: WriteTransaction, command: OpenDirectRoom): Steps<number> {
  const { communityId, userId, peer } = command;
  const own = yield* getUser(communityId, { id: userId });
  const other = yield* getUser(communityId, peer);
  const uids = new Set([own.uid, other.uid]);
  const key = channelKey(own.uid, other.uid, PERSON_CHANNEL);
  const existing = yield* findChannel(communityId, key);
  if (existing && (yield* countMembers(communityId, existing)) === new Set([own.uid, other.uid]).size) {
    return existing.id;
  }
  const version = transaction.tick(communityId);
  const channel = yield* ensureChannel(transaction, { communityId, channel: key }, version);
  yield* joinChannel(transaction, { communityId, channel, uids: [...uids], version });
  return channel.id;
}

function* countMembers(communityId: number, { id }: ChannelRow): Steps<number> {
  const row = yield* get<{ count: number }>(
    `SELECT count(*) AS count FROM memberships
     WHERE community_id = @communityId AND channel_id = @id AND is_member = 1`,
    { communityId, id },
  );
  return row?.count ?? 0;
}

export function* setTopic(transaction: WriteTransaction, command: SetTopic): Steps<void> {
  const { communityId, roomId, messageId } = command;
  const room = yield* getOwnRoom(command);
  const message = yield* getLiveMessage(command);
  if (message.room.roomId !== roomId) throw new AppError('NOT_FOUND', `there is no message ${messageId}`);
  if (room.topicId === messageId) return;
  yield run(
    `UPDATE channels SET topic_id = @messageId, version = @version
     WHERE community_id = @communityId AND id = @roomId`,
    { communityId, roomId, messageId, version: transaction.tick(communityId) },
  );
  transaction.touch(communityId, channelTopic(roomId));
}

export function* setFollowing(transaction: WriteTransaction, command: SetRoomFlag): Steps<void> {
  const { communityId, userId, roomId, value } = command;
  if (value) yield* joinOpenRoom(transaction, command);
  const room = yield* getOwnRoom(command);
  if (room.isFollowing === Number(value)) return;
  yield run(
    `UPDATE memberships SET is_following = @value, version = @version
     WHERE community_id = @communityId AND user_id = @userId AND channel_id = @roomId`,
    { communityId, userId, roomId, value: Number(value), version: transaction.tick(communityId) },
  );
  transaction.touch(communityId, userTopic(userId));
}

/** Whoever follows an open room is a member of it from then on. */
function* joinOpenRoom(
  transaction: WriteTransaction,
  { communityId, userId, roomId }: RoomCommand,
): Steps<void> {
  const room = yield* get<ChannelRow>(
    `SELECT c.id, c.last_seq AS "lastSeq", c.floor_seq AS "floorSeq" FROM channels AS c
     WHERE c.community_id = @communityId AND c.id = @roomId AND c.is_deleted = 0 AND c.is_secret = 0
       AND c.room_type <> ${DIRECT_ROOM} AND NOT EXISTS (
         SELECT 1 FROM memberships AS m WHERE m.community_id = c.community_id AND m.channel_id = c.id
           AND m.user_id = @userId AND m.is_member = 1
       )`,
    { communityId, userId, roomId },
  );
  if (!room) return;
  const { uid } = yield* getUser(communityId, { id: userId });
  yield* joinChannel(transaction, {
    communityId,
    channel: room,
    uids: [uid],
    version: transaction.tick(communityId),
  });
}

export function* setMuted(transaction: WriteTransaction, command: SetRoomFlag): Steps<void> {
  const { communityId, userId, roomId, value } = command;
  const room = yield* getOwnRoom(command);
  if (room.isMuted === Number(value)) return;
  yield run(
    `UPDATE memberships SET is_muted = @value, version = @version
     WHERE community_id = @communityId AND user_id = @userId AND channel_id = @roomId`,
    { communityId, userId, roomId, value: Number(value), version: transaction.tick(communityId) },
  );
  transaction.touch(communityId, userTopic(userId));
}

export function* markRoomRead(transaction: WriteTransaction, command: RoomCommand): Steps<void> {
  const { communityId, userId } = command;
  const { type, name } = yield* getOwnRoom(command);
  const { uid } = yield* getUser(communityId, { id: userId });
  yield* markRead(transaction, { communityId, uid, channel: { type, name }, seq: undefined });
}

function* getUser(
  communityId: number,
  who: { readonly id: number } | { readonly uid: string },
): Steps<{ readonly id: number; readonly uid: string }> {
  const user = yield* findUser({ communityId, ...who });
  if (user) return user;
  throw new AppError('NOT_FOUND', `there is no user ${'id' in who ? who.id : who.uid}`);
}
