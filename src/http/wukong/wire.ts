import { Type } from '@sinclair/typebox';
import { channelIdFor } from '../../domain/channel.js';
import { formatVersion } from '../../domain/version.js';
import type { Conversation } from '../../ports/store.js';
import type { MessagesKey } from './options.js';

/** Shapes of replies, and how domain objects take them. Field names are WuKongIM's. */

const Bit = Type.Integer({ minimum: 0, maximum: 1 });

export const WireMessage = Type.Object(
  {
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
  },
  { $id: 'WukongMessage' },
);

export const WireConversation = Type.Object(
  {
    channel_id: Type.String({ description: "type 1: the other party's uid" }),
    channel_type: Type.Integer(),
    unread: Type.Integer(),
    timestamp: Type.Integer({ description: 'seconds since 1970' }),
    last_msg_seq: Type.Integer(),
    last_client_msg_no: Type.String(),
    offset_msg_seq: Type.Integer(),
    readed_to_msg_seq: Type.Integer(),
    // A bigint prints all its digits, which a number of this size does not.
    version: Type.Unsafe<bigint>({
      type: 'integer',
      description: 'nanoseconds since 1970, multiple of 1024',
    }),
    limited: Bit,
    is_deleted: Type.Optional(Bit),
    messages: Type.Optional(Type.Array(WireMessage)),
    recents: Type.Optional(Type.Array(WireMessage)),
  },
  { $id: 'WukongConversation' },
);

interface Reader {
  readonly uid: string;
  readonly messagesKey: MessagesKey;
}

/** An array of WireConversation. The messages in it are JSON already; the rest is few enough fields to write out. */
export function toConversationsJson(conversations: readonly Conversation[], reader: Reader): string {
  let json = '[';
  // Added to one text, which is copied once, when it is sent. To join texts copies each of them twice.
  for (const conversation of conversations) {
    if (json.length > 1) json += ',';
    json += toConversationJson(conversation, reader);
  }
  return `${json}]`;
}

function toConversationJson(conversation: Conversation, { uid, messagesKey }: Reader): string {
  const { channel, version, lastMessageAtMs, messages } = conversation;
  // Without a message to show, the time of the last change, so that clients can sort by it.
  const timestamp = Math.floor(lastMessageAtMs > 0 ? lastMessageAtMs / 1000 : version / 1e9);
  return (
    `{"channel_id":${JSON.stringify(channelIdFor(uid, channel))},"channel_type":${channel.type}` +
    `,"unread":${conversation.unread},"timestamp":${timestamp},"last_msg_seq":${conversation.lastSeq}` +
    `,"last_client_msg_no":${JSON.stringify(conversation.lastClientMsgNo)},"offset_msg_seq":0` +
    `,"readed_to_msg_seq":${conversation.readSeq},"version":${formatVersion(version)}` +
    `,"limited":${conversation.limited ? 1 : 0}${conversation.isDeleted ? ',"is_deleted":1' : ''}` +
    (messagesKey === 'recents' ? '' : `,"messages":${messages}`) +
    (messagesKey === 'messages' ? '}' : `,"recents":${messages}}`)
  );
}
