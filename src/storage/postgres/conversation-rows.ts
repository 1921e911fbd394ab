import { type Conversation, noConversation } from '../../domain/conversation.js';
import { type MessagesJson, NO_MESSAGES } from '../../domain/message-json.js';
import type { Version } from '../../domain/version.js';

/** What the statements of `conversations-sql.ts` return of a conversation, by position. */
export type ConversationRow = readonly [
  type: number,
  name: string,
  version: Version,
  isListed: number,
  unread: number,
  lastSeq: number,
  readSeq: number,
  lastMessageAtMs: number,
  lastClientMsgNo: string,
  isLimited: number,
  /** Null when there are none to return. */
  messages: MessagesJson | null,
];

export function toConversation(row: ConversationRow): Conversation {
  const [type, name, version, isListed, unread, lastSeq, readSeq, lastMessageAtMs, lastClientMsgNo] = row;
  const [, , , , , , , , , isLimited, messages] = row;
  const channel = { type, name };
  if (!isListed) return noConversation(channel, version, true);
  return {
    channel,
    version,
    isDeleted: false,
    unread,
    lastSeq,
    readSeq,
    lastMessageAtMs,
    lastClientMsgNo,
    messages: messages ?? NO_MESSAGES,
    limited: isLimited === 1,
  };
}
