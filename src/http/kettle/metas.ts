import { Type } from '@sinclair/typebox';
import type { RoomMessage } from '../../domain/room.js';
import type { References } from '../../ports/room-store.js';
import { fieldsJson, mapJson } from './json-text.js';
import { mapOf } from './schemas.js';
import { toWireAttachments, WireAttachment } from './wire-attachment.js';
import { toWireCommunity, WireCommunity } from './wire-community.js';
import { toConversationJson, WireConversation, type MessageView } from './wire-conversation.js';
import { toWirePollOptions, WirePollOption } from './wire-poll.js';
import { toWireReactions, WireReaction } from './wire-reaction.js';
import { toUserJson, WireUser } from './wire-user.js';
import { toWireWidgets, Widgets } from './wire-widget.js';

/**
 * The objects in which clients look up what the rows of a page refer to. All of them are there on every
 * page, and complete: clients drop a row, a page, or crash when one is missing.
 */
export const Metas = {
  community_meta: mapOf(WireCommunity),
  user_meta: mapOf(WireUser),
  conversation_meta: mapOf(WireConversation),
  card_attachments_meta: mapOf(Type.Array(WireAttachment)),
  conv_attachments_meta: mapOf(Type.Array(WireAttachment)),
  conv_polls_meta: mapOf(Type.Array(WirePollOption)),
  conv_reactions_meta: mapOf(Type.Array(WireReaction)),
  widgets: Widgets,
};

/**
 * The texts of the fields of these metas.
 *
 * @param messages the page's own messages
 */
export function metasJson(
  references: References,
  { messages, nowMs }: { messages: readonly RoomMessage[]; nowMs: number },
): string[] {
  const { community } = references;
  const view: MessageView = { communityId: community.id, nowMs };
  const all = [...messages, ...references.messages];
  const withPolls = all.filter(({ poll }) => poll !== undefined);
  const withFiles = all.filter(({ attachments }) => attachments.length > 0);
  const withReactions = all.filter(({ reactions }) => reactions.length > 0);
  const users = mapJson(references.users, (user) => toUserJson(user, community.id));
  const conversations = mapJson(references.messages, (message) => toConversationJson(message, view));
  const few = fieldsJson({
    // A room has no attachments of its own here; those of its header belong to the message.
    card_attachments_meta: {},
    conv_attachments_meta: byId(withFiles, toWireAttachments),
    conv_polls_meta: byId(withPolls, (message) => toWirePollOptions(message, nowMs)),
    conv_reactions_meta: byId(withReactions, ({ id, roomId, reactions }) => {
      return toWireReactions(reactions, { roomId, messageId: id });
    }),
    widgets: toWireWidgets(all),
  });
  const communities = JSON.stringify(byId([community], toWireCommunity));
  return [
    `"community_meta":${communities},"user_meta":`,
    ...users,
    ',"conversation_meta":',
    ...conversations,
    `,${few}`,
  ];
}

function byId<Row extends { readonly id: number }, Wire>(
  rows: readonly Row[],
  toWire: (row: Row) => Wire,
): Record<string, Wire> {
  return Object.fromEntries(rows.map((row) => [row.id, toWire(row)]));
}
