import { channelKey } from '../domain/channel.js';
import type { ConversationJson } from '../domain/conversation-json.js';
import type { Engine } from './engine.js';
import { MAX_MESSAGES_PER_CONVERSATION } from './sync-conversations.js';

export interface FindConversationsInput {
  readonly communityId: number;
  readonly uid: string;
  readonly channels: readonly { readonly channelId: string; readonly channelType: number }[];
  readonly messageCount: number;
}

/** Named conversations of one user, in the order of the names; undefined where he has none. */
export function findConversations(
  { store }: Engine,
  { communityId, uid, channels, messageCount }: FindConversationsInput,
): Promise<(ConversationJson | undefined)[]> {
  return store.findConversations({
    communityId,
    uid,
    channels: channels.map(({ channelId, channelType }) => channelKey(uid, channelId, channelType)),
    messageCount: Math.min(messageCount, MAX_MESSAGES_PER_CONVERSATION),
  });
}
