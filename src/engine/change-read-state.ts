import { channelKey } from '../domain/channel.js';
import type { UserChannelCommand } from '../ports/store.js';
import type { Engine, UserChannel } from './engine.js';

export interface MarkReadInput extends UserChannel {
  /** Up to which message; undefined is the newest. */
  readonly seq: number | undefined;
}

/** Marks a conversation as read up to a message. What arrives after that message stays unread. */
export function markRead({ store }: Engine, input: MarkReadInput): Promise<void> {
  return store.markRead({ ...toCommand(input), seq: input.seq });
}

export interface SetUnreadInput extends UserChannel {
  readonly unread: number;
}

/** Makes a conversation read exactly `unread`, e.g. 1 to mark it as unread. */
export function setUnread({ store }: Engine, input: SetUnreadInput): Promise<void> {
  return store.setUnread({ ...toCommand(input), unread: input.unread });
}

/** Takes a conversation off the user's list, with its messages, until a newer one arrives. */
export function deleteConversation({ store }: Engine, input: UserChannel): Promise<void> {
  return store.deleteConversation(toCommand(input));
}

function toCommand({ communityId, uid, channelId, channelType }: UserChannel): UserChannelCommand {
  return { communityId, uid, channel: channelKey(uid, channelId, channelType) };
}
