import { Type } from '@sinclair/typebox';
import type { ConversationJson } from '../../domain/conversation-json.js';
import { joinJson } from '../json-bytes.js';
import type { MessagesKey } from './options.js';

/** Shapes of replies. Field names are WuKongIM's. */

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

/**
 * An array of WireConversation, with the messages under the key that is asked for. The empty one, which answers most
 * polls, stays a text: that is sent in one piece with its headers.
 */
export function toConversationsJson(
  conversations: readonly ConversationJson[],
  messagesKey: MessagesKey,
): string | Buffer {
  if (conversations.length === 0) return '[]';
  if (messagesKey === 'messages') return joinJson(conversations);
  return joinJson(conversations.map((json) => withKey(json, messagesKey)));
}

const MESSAGES = ',"messages":';

/** The messages are the last field. Nothing before them reads like their key, since texts have no bare quotes in JSON. */
function withKey(json: ConversationJson, messagesKey: 'recents' | 'both'): string {
  const end = json.indexOf(MESSAGES);
  const messages = json.slice(end + MESSAGES.length, -1);
  const own = json.slice(0, messagesKey === 'both' ? -1 : end);
  return `${own},"recents":${messages}}`;
}
