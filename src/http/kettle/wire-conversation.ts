import { Type, type Static } from '@sinclair/typebox';
import type { RoomMessage } from '../../domain/room.js';
import { versionMs } from '../../domain/time-range.js';
import { textJson } from './json-text.js';
import { isObject } from './parameters.js';
import { constants, nullable, NullableInteger, NullableText } from './schemas.js';
import { PollFields, pollFieldsJson } from './wire-poll.js';
import { clockText, dateText } from './wire-time.js';

/** The dialect's word for a message is "conversation". */

const FIXED = constants({
  api_version: null,
  attachments_uploaded: true,
  co_hosts: null,
  device_id: null,
  end_time: null,
  header: null,
  internal_link: null,
  location: null,
  location_lat: null,
  location_long: null,
  online_link_enable_before: null,
  preview_chatroom_id: null,
  preview_community_id: null,
  preview_type: null,
  start_time: null,
});

const LinkPreview = Type.Object({
  title: NullableText,
  image: NullableText,
  description: NullableText,
  url: NullableText,
});

export const WireConversation = Type.Object(
  {
    id: Type.Integer(),
    answer: Type.String({ description: 'the text' }),
    state: Type.Integer({ description: '0 message, 1 header, 10 poll' }),
    // Clients differ in which of the two they read.
    card_id: Type.Integer(),
    chatroom_id: Type.Integer(),
    community_id: Type.Integer(),
    user_id: Type.Integer({ description: 'the author' }),
    created_at: Type.String({ description: 'HH:mm, UTC' }),
    created_epoch: Type.Integer({ description: 'ms since 1970' }),
    date: Type.String(),
    last_updated: Type.Integer({ description: 'ms since 1970' }),
    is_edited: Type.Boolean(),
    has_files: Type.Boolean(),
    has_reactions: Type.Boolean(),
    attachment_count: Type.Integer(),
    reply_id: NullableInteger,
    reply_chatroom_id: NullableInteger,
    deleted_by_user_id: NullableInteger,
    og_tags: nullable(LinkPreview),
    share_link: NullableText,
    temporary_id: Type.String({ description: "the author's own id for it" }),
    widget_id: Type.String({ description: 'empty when there is none' }),
    ...PollFields,
    ...FIXED.schemas,
  },
  { $id: 'KettleConversation' },
);

export interface MessageView {
  readonly communityId: number;
  readonly nowMs: number;
}

export function toWireConversation(message: RoomMessage, view: MessageView): Static<typeof WireConversation> {
  return JSON.parse(toConversationJson(message, view)) as Static<typeof WireConversation>;
}

export function toConversationJson(message: RoomMessage, { communityId, nowMs }: MessageView): string {
  const { id, roomId, extras, attachments, reactions } = message;
  const createdMs = versionMs(message.version);
  return (
    `{"id":${id},"answer":${JSON.stringify(message.text)},"state":${message.state}` +
    `,"card_id":${roomId},"chatroom_id":${roomId},"community_id":${communityId}` +
    `,"user_id":${message.authorId},"created_at":"${clockText(createdMs)}","created_epoch":${createdMs}` +
    `,"date":"${dateText(createdMs)}","last_updated":${versionMs(message.updatedVersion)}` +
    `,"is_edited":${message.isEdited},"has_files":${attachments.length > 0}` +
    `,"has_reactions":${reactions.length > 0},"attachment_count":${attachments.length}` +
    `,"reply_id":${message.replyToId ?? null}` +
    `,"reply_chatroom_id":${extras['reply_chatroom_id'] === roomId ? roomId : null}` +
    `,"deleted_by_user_id":${message.deletedById ?? null},"og_tags":${linkPreviewJson(extras['og_tags'])}` +
    `,"share_link":${textJson(text(extras['share_link']))}` +
    `,"temporary_id":${JSON.stringify(message.clientMsgNo)}` +
    `,"widget_id":${JSON.stringify(message.widget?.id ?? '')},${pollFieldsJson(message.poll, nowMs)}` +
    `,${FIXED.json}}`
  );
}

function linkPreviewJson(tags: unknown): string {
  if (!isObject(tags)) return 'null';
  const { title, image, description, url } = tags;
  return (
    `{"title":${textJson(text(title))},"image":${textJson(text(image))}` +
    `,"description":${textJson(text(description))},"url":${textJson(text(url))}}`
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
