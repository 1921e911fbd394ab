import type { ChannelKey } from './channel.js';
import { type MessagesJson, NO_MESSAGES } from './message-json.js';
import type { Version } from './version.js';

/** A channel as one user sees it. */
export interface Conversation {
  readonly channel: ChannelKey;
  readonly version: Version;
  /** It has left the user's list; all that follows is then zero or empty. */
  readonly isDeleted: boolean;
  readonly unread: number;
  readonly lastSeq: number;
  readonly readSeq: number;
  /** Of the newest message that the user can see; 0 and '' when there is none. */
  readonly lastMessageAtMs: number;
  readonly lastClientMsgNo: string;
  /** Newest first. Of a channel in `known`, only those above its seq. */
  readonly messages: MessagesJson;
  /** There are messages which the client lacks, as far as its cursors tell, and which did not fit. */
  readonly limited: boolean;
}

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
