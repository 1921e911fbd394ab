import { Type, type Static } from '@sinclair/typebox';
import { ANNOUNCEMENT_ROOM, DIRECT_ROOM, type Room, type User } from '../../domain/room.js';
import { GROUP_CHANNEL } from '../../domain/channel.js';
import { versionMs } from '../../domain/time-range.js';
import { textJson } from './json-text.js';
import { constants, nullable, NullableInteger, NullableText } from './schemas.js';
import { dateText } from './wire-time.js';

/** Direct rooms need no asking here: each is as if its request had been accepted. */
const REQUEST_ACCEPTED = 1;

const FIXED = constants({
  // Two families of clients want an integer here, one a boolean.
  access: null,
  access_without_subscription: true,
  about: null,
  attachment_count: 0,
  attachments_uploaded: true,
  attending_status: false,
  auto_follow_done: false,
  card_id: null,
  co_hosts: null,
  date_time: null,
  deleted_by_user_id: null,
  device_id: null,
  event_kind: null,
  expiry_time: null,
  external_seen: true,
  has_been_named: false,
  has_files: false,
  internal_link: null,
  is_edited: false,
  is_paid: false,
  is_pending: false,
  is_tagged: false,
  og_tags: null,
  online_link: null,
  online_link_type: null,
  secret_chatroom_left: false,
  secret_chatroom_participants: null,
  share_link: null,
  state: 0,
});

export const WireChatroom = Type.Object(
  {
    id: Type.Integer(),
    title: Type.String(),
    header: Type.String(),
    community_id: Type.Integer(),
    user_id: Type.Integer({ description: 'who made it' }),
    type: Type.Integer({ description: '0 normal, 7 announcement, 10 direct message' }),
    last_conversation_id: NullableInteger,
    last_seen_conversation_id: NullableInteger,
    topic_id: NullableInteger,
    unseen_count: Type.Integer(),
    created_at: Type.Integer({ description: 'ms since 1970' }),
    updated_at: Type.Integer({ description: 'seconds since 1970' }),
    date: Type.String(),
    date_epoch: Type.Integer({ description: 'ms since 1970' }),
    mute_status: Type.Boolean(),
    follow_status: Type.Boolean(),
    is_secret: Type.Boolean(),
    is_private: Type.Boolean(),
    is_private_member: Type.Boolean(),
    member_can_message: Type.Boolean(),
    has_reactions: nullable(Type.Boolean()),
    chatroom_image_url: NullableText,
    custom_tag: NullableText,
    chatroom_with_user_id: NullableInteger,
    chat_request_state: NullableInteger,
    chat_request_created_at: NullableInteger,
    chat_requested_by_id: NullableInteger,
    ...FIXED.schemas,
  },
  { $id: 'KettleChatroom' },
);

export interface RoomView {
  readonly communityId: number;
  readonly readerId: number;
  /** Everyone the room refers to. */
  readonly users: readonly User[];
  /** Undefined where it is not known. */
  readonly hasReactions?: boolean | undefined;
}

export function toWireChatroom(room: Room, view: RoomView): Static<typeof WireChatroom> {
  return JSON.parse(toChatroomJson(room, view)) as Static<typeof WireChatroom>;
}

export function toChatroomJson(room: Room, view: RoomView): string {
  const { id, creatorId, roomType, createdAtMs } = room;
  const isDirect = roomType === DIRECT_ROOM;
  const ownTitle = titleOf(room, view);
  const title = JSON.stringify(ownTitle);
  const header = room.header === '' || room.header === ownTitle ? title : JSON.stringify(room.header);
  return (
    `{"id":${id},"title":${title},"header":${header},"community_id":${view.communityId}` +
    `,"user_id":${creatorId},"type":${roomType},"last_conversation_id":${room.lastMessageId ?? null}` +
    `,"last_seen_conversation_id":${room.lastSeenId ?? null},"topic_id":${room.topicId ?? null}` +
    `,"unseen_count":${room.unread},"created_at":${createdAtMs}` +
    `,"updated_at":${Math.floor(versionMs(room.version) / 1000)},"date":"${dateText(createdAtMs)}"` +
    `,"date_epoch":${createdAtMs},"mute_status":${room.isMuted},"follow_status":${room.isFollowing}` +
    `,"is_secret":${room.isSecret},"is_private":${isDirect},"is_private_member":${isDirect}` +
    `,"member_can_message":${roomType !== ANNOUNCEMENT_ROOM},"has_reactions":${view.hasReactions ?? null}` +
    `,"chatroom_image_url":${textJson(room.imageUrl)},"custom_tag":${textJson(room.tag)}` +
    `,"chatroom_with_user_id":${room.peerId ?? null}` +
    `,"chat_request_state":${isDirect ? REQUEST_ACCEPTED : null}` +
    `,"chat_request_created_at":${isDirect ? createdAtMs : null}` +
    `,"chat_requested_by_id":${isDirect ? creatorId : null},${FIXED.json}}`
  );
}

/** A direct room is called by its other side; a channel of the other dialect, which has no title, by its id. */
function titleOf({ title, channel, creatorId, peerId }: Room, { readerId, users }: RoomView): string {
  if (title !== '') return title;
  if (peerId === undefined && channel.type >= GROUP_CHANNEL) return channel.name;
  const other = users.find(({ id }) => id === (creatorId === readerId ? peerId : creatorId));
  return other?.name || other?.uid || '';
}
