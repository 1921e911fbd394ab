import { type ChannelKey, channelKey, SYSTEM_UID } from '../../src/domain/channel.js';
import type { Conversation } from '../../src/domain/conversation.js';
import type { ConversationJson } from '../../src/domain/conversation-json.js';
import type { Message } from '../../src/domain/message.js';
import type { MessagesJson } from '../../src/domain/message-json.js';
import type { Version } from '../../src/domain/version.js';
import type { ConversationPage, MessagePage } from '../../src/ports/store.js';
import type { WireConversation, WireMessage } from './wukong-client.js';

/** What a text of the store says; its times are whole seconds. */
export type ReadConversation = Omit<Conversation, 'messages'> & { readonly messages: readonly Message[] };

export type ReadConversationPage = Omit<ConversationPage, 'conversations'> & {
  readonly conversations: readonly ReadConversation[];
};

export type ReadMessagePage = Omit<MessagePage, 'messages'> & { readonly messages: readonly Message[] };

/** @param uid whose conversation it is */
export function readConversation(json: ConversationJson, uid: string): ReadConversation {
  const wire = JSON.parse(json) as WireConversation;
  const channel = channelKey(uid, wire.channel_id, wire.channel_type);
  return {
    channel,
    version: wire.version as Version,
    isDeleted: wire.is_deleted === 1,
    unread: wire.unread,
    lastSeq: wire.last_msg_seq,
    readSeq: wire.readed_to_msg_seq,
    // Without a message it is the time of the last change.
    lastMessageAtMs: wire.last_client_msg_no === '' ? 0 : wire.timestamp * 1000,
    lastClientMsgNo: wire.last_client_msg_no,
    messages: toMessages(channel, wire.messages),
    limited: wire.limited === 1,
  };
}

export function readMessages(channel: ChannelKey, json: MessagesJson): Message[] {
  return toMessages(channel, JSON.parse(json) as WireMessage[]);
}

function toMessages(channel: ChannelKey, messages: readonly WireMessage[]): Message[] {
  return messages.map((wire) => ({
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
