import { channelIdFor, SYSTEM_UID } from './channel.js';
import type { Message } from './message.js';

/**
 * A message as clients of the WuKongIM dialect read it, as JSON. It is the same for every reader, so it is
 * built once, when the message is written, and stored with it; replies are put together from these texts.
 * The schema that describes it is `WireMessage` in `src/http/wukong/wire.ts`.
 */
export type MessageJson = string & { readonly [messageBrand]: true };
declare const messageBrand: unique symbol;

/** A JSON array of such messages. */
export type MessagesJson = string & { readonly [messagesBrand]: true };
declare const messagesBrand: unique symbol;

export const NO_MESSAGES = '[]' as MessagesJson;

const HEAD_JSON_MAX_CHARACTERS = 700;

export function toMessageJson(message: Message): MessageJson {
  const wire = {
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
    timestamp: Math.floor(message.createdAtMs / 1000),
    payload: toBase64(message.payload),
  };
  return JSON.stringify(wire) as MessageJson;
}

/** The same message with another payload. */
export function withPayload(json: MessageJson, payload: Uint8Array): MessageJson {
  const wire = JSON.parse(json) as object;
  return JSON.stringify({ ...wire, payload: toBase64(payload) }) as MessageJson;
}

/**
 * What the head of a channel keeps of its newest message: the whole text, so that a list of conversations need not look
 * for it, or '' where the text would make the head longer than SQLite keeps in one piece.
 */
export function toHeadJson(json: MessageJson): MessageJson | '' {
  return json.length > HEAD_JSON_MAX_CHARACTERS ? '' : json;
}

export function toMessagesJson(messages: readonly MessageJson[]): MessagesJson {
  return `[${messages.join(',')}]` as MessagesJson;
}

function toBase64(payload: Uint8Array): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64');
}
