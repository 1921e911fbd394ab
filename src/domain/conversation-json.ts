import { channelIdFor } from './channel.js';
import type { Conversation } from './conversation.js';
import { formatVersion, type Version } from './version.js';

/**
 * A conversation as its reader's clients in the WuKongIM dialect read it, as JSON. Stores return these texts: a
 * database that prints them itself need not hand over their parts one by one, which takes longer than the rest of a
 * long list. The schema that describes it is `WireConversation` in `src/http/wukong/wire.ts`.
 */
export type ConversationJson = string & { readonly [conversationBrand]: true };
declare const conversationBrand: unique symbol;

/** @param uid who reads it */
export function toConversationJson(conversation: Conversation, uid: string): ConversationJson {
  const { channel, version, lastMessageAtMs, messages } = conversation;
  // Without a message to show, the time of the last change, so that clients can sort by it.
  const timestamp = Math.floor(lastMessageAtMs > 0 ? lastMessageAtMs / 1000 : version / 1e9);
  const json =
    `{"channel_id":${JSON.stringify(channelIdFor(uid, channel))},"channel_type":${channel.type}` +
    `,"unread":${conversation.unread},"timestamp":${timestamp},"last_msg_seq":${conversation.lastSeq}` +
    `,"last_client_msg_no":${JSON.stringify(conversation.lastClientMsgNo)},"offset_msg_seq":0` +
    `,"readed_to_msg_seq":${conversation.readSeq},"version":${formatVersion(version)}` +
    `,"limited":${conversation.limited ? 1 : 0}${conversation.isDeleted ? ',"is_deleted":1' : ''}` +
    `,"messages":${messages}}`;
  return json as ConversationJson;
}

/** A double holds it exactly. */
export function versionOf(json: ConversationJson): Version {
  return (JSON.parse(json) as { readonly version: Version }).version;
}
