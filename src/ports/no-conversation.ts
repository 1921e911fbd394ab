import type { ChannelKey } from '../domain/channel.js';
import { NO_MESSAGES } from '../domain/message-json.js';
import type { Version } from '../domain/version.js';
import type { Conversation } from './store.js';

/** What a user sees of a channel that is none for him, or no longer. */
export function noConversation(channel: ChannelKey, version: Version, isDeleted = false): Conversation {
  return {
    channel,
    version,
    isDeleted,
    unread: 0,
    lastSeq: 0,
    readSeq: 0,
    lastMessageAtMs: 0,
    lastClientMsgNo: '',
    messages: NO_MESSAGES,
    limited: false,
  };
}
