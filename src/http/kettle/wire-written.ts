import { Type, type Static } from '@sinclair/typebox';
import type { RoomMessage } from '../../domain/room.js';
import type { References, RoomMessagePage } from '../../ports/room-store.js';
import { AnyObject } from './schemas.js';
import { toWireAttachments, WireAttachment } from './wire-attachment.js';
import { toWireConversation, WireConversation } from './wire-conversation.js';
import { toWirePollOptions, WirePollOption } from './wire-poll.js';
import { toWireReactions, WireReaction } from './wire-reaction.js';
import { toWireUser, WireUser } from './wire-user.js';
import { toWireWidgets, Widgets } from './wire-widget.js';

/**
 * A message as answers to writes show it: what sync shows of it, without nulls, and under the names of these
 * answers everything that it refers to, in full, since nothing stands beside it to look it up in.
 */
const Own = Type.Partial(
  Type.Object({
    member_id: Type.Integer(),
    member: WireUser,
    deleted_by: Type.Integer(),
    deleted_by_member: WireUser,
    attachments: Type.Array(WireAttachment),
    polls: Type.Array(Type.Object({ ...WirePollOption.properties, member: Type.Optional(WireUser) })),
    reactions: Type.Array(Type.Object({ ...WireReaction.properties, member: Type.Optional(WireUser) })),
    reply_conversation: AnyObject,
  }),
);

export const WrittenConversation = Type.Object(
  {
    ...Type.Partial(WireConversation).properties,
    ...Own.properties,
  },
  { $id: 'KettleWrittenConversation' },
);

export const WrittenData = Type.Object({ conversation: WrittenConversation, widgets: Widgets });

interface WrittenView {
  readonly references: References;
  readonly nowMs: number;
}

/** The one message of a page, as `{conversation, widgets}`. */
export function toWritten(
  { messages, references }: RoomMessagePage,
  nowMs: number,
): Static<typeof WrittenData> {
  const [message] = messages;
  const conversation = message === undefined ? {} : toWrittenConversation(message, { references, nowMs });
  return { conversation, widgets: toWireWidgets(messages) };
}

function toWrittenConversation(message: RoomMessage, view: WrittenView): Static<typeof WrittenConversation> {
  const { references, nowMs } = view;
  const communityId = references.community.id;
  const target = { roomId: message.roomId, messageId: message.id };
  const replied = references.messages.find(({ id }) => id === message.replyToId);
  const memberOf = (id: number | undefined): { member?: Static<typeof WireUser> } => {
    const user = references.users.find((candidate) => candidate.id === id);
    return user === undefined ? {} : { member: toWireUser(user, communityId) };
  };
  const deleter = memberOf(message.deletedById).member;
  return {
    ...withoutNulls(toWireConversation(message, { communityId, nowMs })),
    member_id: message.authorId,
    ...memberOf(message.authorId),
    ...(message.deletedById !== undefined && { deleted_by: message.deletedById }),
    ...(deleter !== undefined && { deleted_by_member: deleter }),
    attachments: toWireAttachments(message),
    polls: toWirePollOptions(message, nowMs).map((row) => Object.assign(row, memberOf(row.user_id))),
    reactions: toWireReactions(message.reactions, target).map((row) =>
      Object.assign(row, memberOf(row.user_id)),
    ),
    ...(replied !== undefined && { reply_conversation: toWrittenConversation(replied, view) }),
  };
}

function withoutNulls<Row extends object>(row: Row): Partial<Row> {
  const given = Object.entries(row).filter(([, value]) => value !== null);
  return Object.fromEntries(given) as Partial<Row>;
}
