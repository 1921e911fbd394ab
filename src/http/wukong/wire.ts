import { Type, type Static } from '@sinclair/typebox';
import { channelIdFor, SYSTEM_UID } from '../../domain/channel.js';
import type { Message } from '../../domain/message.js';
import type { Conversation } from '../../ports/store.js';
import type { MessagesKey } from './options.js';

/** Shapes of replies, and how domain objects take them. Field names are WuKongIM's. */

const Bit = Type.Integer({ minimum: 0, maximum: 1 });

export const WireMessage = Type.Object({
  header: Type.Object({ no_persist: Bit, red_dot: Bit, sync_once: Bit }),
  setting: Type.Integer(),
  message_id: Type.Integer(),
  message_idstr: Type.String(),
  client_msg_no: Type.String(),
  message_seq: Type.Integer(),
  from_uid: Type.String(),
  channel_id: Type.String(),
  channel_type: Type.Integer(),
  expire: Type.Integer({ description: 'seconds; 0 is never' }),
  timestamp: Type.Integer({ description: 'seconds since 1970' }),
  payload: Type.String({ description: 'base64' }),
});

export const WireConversation = Type.Object({
  channel_id: Type.String({ description: "type 1: the other party's uid" }),
  channel_type: Type.Integer(),
  unread: Type.Integer(),
  timestamp: Type.Integer({ description: 'seconds since 1970' }),
  last_msg_seq: Type.Integer(),
  last_client_msg_no: Type.String(),
  offset_msg_seq: Type.Integer(),
  readed_to_msg_seq: Type.Integer(),
  // A bigint prints all its digits, which a number of this size does not.
  version: Type.Unsafe<bigint>({ type: 'integer', description: 'nanoseconds since 1970, multiple of 1024' }),
  limited: Bit,
  is_deleted: Type.Optional(Bit),
  messages: Type.Optional(Type.Array(WireMessage)),
  recents: Type.Optional(Type.Array(WireMessage)),
});

export function toWireMessage(message: Message): Static<typeof WireMessage> {
  return {
    header: { no_persist: 0, red_dot: message.redDot ? 1 : 0, sync_once: 0 },
    setting: message.setting,
    message_id: message.id,
    message_idstr: String(message.id),
    client_msg_no: message.clientMsgNo,
    message_seq: message.seq,
    from_uid: message.fromUid === SYSTEM_UID ? '' : message.fromUid,
    // Of a person channel, the party who is not the sender: the same for both readers.
    channel_id: channelIdFor(message.fromUid, message.channel),
    channel_type: message.channel.type,
    expire: message.expireSeconds,
    timestamp: toSeconds(message.createdAtMs),
    payload: Buffer.from(message.payload).toString('base64'),
  };
}

interface Reader {
  readonly uid: string;
  readonly messagesKey: MessagesKey;
}

export function toWireConversation(
  conversation: Conversation,
  { uid, messagesKey }: Reader,
): Static<typeof WireConversation> {
  const { channel, version, lastMessageAtMs } = conversation;
  const messages = conversation.messages.map(toWireMessage);
  return {
    channel_id: channelIdFor(uid, channel),
    channel_type: channel.type,
    unread: conversation.unread,
    // Without a message to show, the time of the last change, so that clients can sort by it.
    timestamp: lastMessageAtMs > 0 ? toSeconds(lastMessageAtMs) : Math.floor(version / 1e9),
    last_msg_seq: conversation.lastSeq,
    last_client_msg_no: conversation.lastClientMsgNo,
    offset_msg_seq: 0,
    readed_to_msg_seq: conversation.readSeq,
    version: BigInt(version),
    limited: conversation.limited ? 1 : 0,
    ...(conversation.isDeleted && { is_deleted: 1 }),
    ...(messagesKey !== 'recents' && { messages }),
    ...(messagesKey !== 'messages' && { recents: messages }),
  };
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
