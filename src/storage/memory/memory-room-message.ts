import { AppError } from '../../domain/errors.js';
import { messageText, type Poll, type RoomMessage } from '../../domain/room.js';
import type { RoomMessageQuery } from '../../ports/room-store.js';
import type { Own } from './memory-channels.js';
import { visibleMessages, type Community, type StoredMessage, type StoredPoll } from './memory-state.js';

/** A message as its reader sees it. */
export function toRoomMessage({ channel, membership }: Own, stored: StoredMessage): RoomMessage {
  const visible = visibleMessages(channel, membership);
  return {
    id: stored.id,
    roomId: channel.id,
    seq: stored.seq,
    authorId: stored.authorId,
    clientMsgNo: stored.clientMsgNo,
    text: messageText(Buffer.from(stored.payload).toString()),
    state: stored.state,
    createdAtMs: stored.createdAtMs,
    version: stored.version,
    updatedVersion: stored.updatedVersion,
    isEdited: stored.isEdited,
    deletedById: stored.deletedById,
    replyToId: visible.find(({ id }) => id === stored.replyToId)?.id,
    extras: stored.extras,
    attachments: stored.attachments,
    reactions: [...stored.reactions],
    poll: stored.poll && toPoll(stored.poll, membership.userId),
    widget: stored.widget,
  };
}

function toPoll({ options, ...rules }: StoredPoll, readerId: number): Poll {
  const voterIds = new Set(options.flatMap((option) => [...option.voterIds]));
  return {
    ...rules,
    options: options.map(({ id, text, userId, voterIds: ids }) => {
      return { id, text, userId, votes: ids.size, isSelected: ids.has(readerId) };
    }),
    voters: voterIds.size,
  };
}

export interface OwnMessage extends Own {
  readonly message: StoredMessage;
}

/** @throws NOT_FOUND where there is no such message, or the user cannot see it */
export function getOwnMessage(
  community: Community,
  { userId, messageId }: Pick<RoomMessageQuery, 'userId' | 'messageId'>,
): OwnMessage {
  for (const channel of community.channels.values()) {
    for (const membership of channel.members.values()) {
      if (membership.userId !== userId || !membership.isMember) continue;
      const message = visibleMessages(channel, membership).find(({ id }) => id === messageId);
      if (message) return { channel, membership, message };
    }
  }
  throw new AppError('NOT_FOUND', `there is no message ${messageId}`);
}
