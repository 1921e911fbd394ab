import { channelKey, GROUP_CHANNEL, pairUids, PERSON_CHANNEL } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import { DIRECT_ROOM, HEADER_STATE, textPayload } from '../../domain/room.js';
import type {
  CreateRoom,
  OpenDirectRoom,
  RoomCommand,
  SetRoomFlag,
  SetTopic,
  UpdateRoom,
} from '../../ports/room-store.js';
import { changeOwn, readUpTo } from './memory-channels.js';
import { join, joinOnce } from './memory-memberships.js';
import { append, PLAIN_CONTENT } from './memory-messages.js';
import { requirePresent } from './memory-message-writes.js';
import { findUser, getUser } from './memory-profiles.js';
import { getOwnMessage } from './memory-room-message.js';
import { findMembership, getOwn } from './memory-rooms.js';
import { isSame, type Community } from './memory-state.js';

export function createRoom(community: Community, command: CreateRoom, nowMs: number): number {
  const { userId, channelId, roomType, title, header, imageUrl, tag, isSecret, clientMsgNo } = command;
  const key = { type: GROUP_CHANNEL, name: channelId };
  const { uid: fromUid } = getUser(community, userId);
  if (community.findChannel(key)) throw new AppError('CONFLICT', `channel ${channelId} exists`);
  const moment = community.tick(nowMs);
  const channel = community.addChannel(key, moment);
  Object.assign(channel, { creatorId: userId, roomType, title, header, imageUrl, tag, isSecret });
  for (const uid of [fromUid, ...command.memberUids]) joinOnce(community, channel, { uid, moment });
  const payload = textPayload(header || title);
  const sent = { fromUid, clientMsgNo, payload, redDot: false, setting: 0, expireSeconds: 0 };
  append(community, channel, { content: { ...PLAIN_CONTENT, ...sent, state: HEADER_STATE }, moment });
  return channel.id;
}

export function updateRoom(community: Community, command: UpdateRoom, nowMs: number): void {
  const { title, header, imageUrl, tag } = command;
  const { channel } = getOwn(community, command);
  if (channel.creatorId !== command.userId && !getUser(community, command.userId).isManager) {
    throw new AppError('PERMISSION_DENIED', 'only its creator or a manager changes a room');
  }
  const all = Object.entries({ title, header, imageUrl, tag });
  const given = Object.fromEntries(all.filter(([, value]) => value !== undefined));
  if (isSame(channel, given)) return;
  channel.version = community.tick(nowMs).version;
  Object.assign(channel, given);
}

export function openDirectRoom(community: Community, command: OpenDirectRoom, nowMs: number): number {
  const { communityId, userId, peer } = command;
  const user = getUser(community, userId);
  const other = findUser(community, { communityId, ...peer });
  if (!other) throw new AppError('NOT_FOUND', 'there is no such user');
  const key = channelKey(user.uid, other.uid, PERSON_CHANNEL);
  const existing = community.findChannel(key);
  if (existing && pairUids(key).every((uid) => existing.members.get(uid)?.isMember)) return existing.id;
  const moment = community.tick(nowMs);
  const channel = existing ?? community.addChannel(key, moment);
  channel.isDeleted = false;
  for (const uid of pairUids(key)) joinOnce(community, channel, { uid, moment });
  return channel.id;
}

export function setTopic(community: Community, command: SetTopic, nowMs: number): void {
  const { messageId } = command;
  const { channel } = getOwn(community, command);
  const own = getOwnMessage(community, command);
  requirePresent(own);
  if (own.channel !== channel) throw new AppError('NOT_FOUND', `there is no message ${messageId}`);
  if (channel.topicId === messageId) return;
  channel.version = community.tick(nowMs).version;
  channel.topicId = messageId;
}

export function setFollowing(community: Community, command: SetRoomFlag, nowMs: number): void {
  const { userId, roomId, value } = command;
  const room = community.findRoom(roomId);
  const isOpenToAll = room && !room.isDeleted && !room.isSecret && room.roomType !== DIRECT_ROOM;
  if (value && isOpenToAll && !findMembership(room, userId)?.isMember) {
    join(community, room, { uid: getUser(community, userId).uid, moment: community.tick(nowMs) });
    return;
  }
  changeOwn(community, { ...getOwn(community, command), change: { isFollowing: value } }, nowMs);
}

export function setMuted(community: Community, command: SetRoomFlag, nowMs: number): void {
  changeOwn(community, { ...getOwn(community, command), change: { isMuted: command.value } }, nowMs);
}

export function markRoomRead(community: Community, command: RoomCommand, nowMs: number): void {
  const own = getOwn(community, command);
  changeOwn(community, { ...own, change: readUpTo(own, undefined) }, nowMs);
}
