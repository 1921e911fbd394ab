import { type ChannelKey, SYSTEM_UID } from '../../src/domain/channel.js';
import type { Message } from '../../src/domain/message.js';
import type { MessagesJson } from '../../src/domain/message-json.js';
import type { Conversation, ConversationPage, MessagePage } from '../../src/ports/store.js';
import type { WireMessage } from './wukong-client.js';

/** What the store returns, with its messages read: their times are whole seconds. */
export type ReadConversation = Omit<Conversation, 'messages'> & { readonly messages: readonly Message[] };

export type ReadConversationPage = Omit<ConversationPage, 'conversations'> & {
  readonly conversations: readonly ReadConversation[];
};

export type ReadMessagePage = Omit<MessagePage, 'messages'> & { readonly messages: readonly Message[] };

export function readConversation(conversation: Conversation): ReadConversation {
  return { ...conversation, messages: readMessages(conversation.channel, conversation.messages) };
}

export function readMessages(channel: ChannelKey, json: MessagesJson): Message[] {
  return (JSON.parse(json) as WireMessage[]).map((wire) => ({
    id: wire.message_id,
    channel,
    seq: wire.message_seq,
    fromUid: wire.from_uid === '' ? SYSTEM_UID : wire.from_uid,
    clientMsgNo: wire.client_msg_no,
    payload: Buffer.from(wire.payload, 'base64'),
    redDot: wire.header.red_dot === 1,
    setting: wire.setting,
    expireSeconds: wire.expire,
    createdAtMs: wire.timestamp * 1000,
  }));
}
