/**
 * What each family of shipped clients does with each field, as data: A Android (Gson), F Flutter (Dart), I iOS
 * (Decodable), J JavaScript. From the project's notes on the clients' sources (clients.md, B5 and B6).
 *
 * A rule is a type and marks. Every family but J, which takes what comes, fails on another type where a value is
 * present; `A!` says that Android fails on a value that is absent or null; `F=bool` that Flutter wants another
 * type, `J=…` that even JavaScript needs this one. A field that only one family reads is a field all the same: what
 * the server sends is of the stated type or null.
 *
 * Types: `int`; `ms` and `s` ints that are times in that unit; `text`; `clock` the text `HH:mm`; `bool`; `number`;
 * `object`; `ints`, `texts` and `roles` lists; `null`; `intOrText`; `meta` and `client` objects with tables of their own.
 */
export type Table = Readonly<Record<string, string>>;

const USER_STATE_FLAGS = {
  mute_status: 'bool',
  follow_status: 'bool',
  attending_status: 'bool',
  external_seen: 'bool',
  auto_follow_done: 'bool',
  secret_chatroom_left: 'bool',
  is_private_member: 'bool',
};

export const CHATROOM: Table = {
  ...USER_STATE_FLAGS,
  id: 'int A! F!',
  title: 'text A! F!',
  header: 'text F! J!',
  community_id: 'int A! A=intOrText I=intOrText',
  user_id: 'int A! F! I!',
  last_conversation_id: 'int',
  unseen_count: 'int A! F! I! J!',
  last_seen_conversation_id: 'int',
  type: 'int A! F! I! J!',
  state: 'int',
  created_at: 'ms I=intOrText',
  updated_at: 's A! I!',
  date: 'text',
  date_epoch: 'ms',
  has_been_named: 'bool',
  has_reactions: 'bool',
  is_tagged: 'bool',
  is_pending: 'bool',
  is_secret: 'bool',
  is_private: 'bool',
  is_edited: 'bool',
  is_paid: 'bool',
  member_can_message: 'bool',
  access_without_subscription: 'bool',
  attachments_uploaded: 'bool',
  has_files: 'bool',
  // Two want an integer and one a boolean: nobody can be sent anything.
  access: 'int F=bool',
  secret_chatroom_participants: 'ints',
  chatroom_with_user_id: 'int',
  chat_requested_by_id: 'int',
  chat_request_state: 'int',
  chat_request_created_at: 'ms',
  topic_id: 'int',
  deleted_by_user_id: 'int',
  attachment_count: 'int',
  date_time: 'int',
  chatroom_image_url: 'text',
  about: 'text',
  share_link: 'text',
  custom_tag: 'text',
  device_id: 'text',
  internal_link: 'text',
  online_link: 'text',
  event_kind: 'text',
  og_tags: 'object',
  // One family types it as a number, another as a text.
  participants_count: 'int A=text',
};

export const CONVERSATION: Table = {
  id: 'int A! F! I! J!',
  answer: 'text A! F! I!',
  state: 'int I! J!',
  card_id: 'int A! I!',
  chatroom_id: 'int A! F!',
  community_id: 'int A!',
  user_id: 'int A! F! I! J!',
  member_id: 'int',
  created_at: 'clock A! I! J!',
  created_epoch: 'ms A! F! I!',
  date: 'text A! J!',
  last_updated: 'ms A! F! I!',
  is_edited: 'bool',
  has_files: 'bool',
  has_reactions: 'bool',
  attachments_uploaded: 'bool',
  is_anonymous: 'bool',
  allow_add_option: 'bool',
  no_poll_expiry: 'bool',
  allow_vote_change: 'bool',
  to_show_results: 'bool',
  attachment_count: 'int',
  reply_id: 'int',
  reply_chatroom_id: 'int',
  deleted_by_user_id: 'int',
  og_tags: 'preview',
  temporary_id: 'text',
  device_id: 'text',
  internal_link: 'text',
  header: 'text',
  location: 'text',
  location_lat: 'text',
  location_long: 'text',
  poll_answer_text: 'text',
  poll_type_text: 'text',
  submit_type_text: 'text',
  widget_id: 'text A! F! I!',
  poll_type: 'int',
  multiple_select_state: 'int',
  multiple_select_no: 'int',
  api_version: 'int',
  start_time: 'int',
  end_time: 'int',
  online_link_enable_before: 'int',
  expiry_time: 'ms',
};

export const PREVIEW: Table = { title: 'text', image: 'text', description: 'text', url: 'text' };

export const USER: Table = {
  id: 'int A! F!',
  name: 'text A! F!',
  user_unique_id: 'text A!',
  uuid: 'text A!',
  image_url: 'text',
  image_link: 'text',
  is_guest: 'bool',
  state: 'int',
  is_owner: 'bool',
  custom_title: 'text',
  created_at: 'int',
  updated_at: 'int',
  organisation_name: 'text',
  roles: 'roles',
  member_since: 'text',
  sdk_client_info: 'client A! J!',
};

/** Without its uuid one family keeps every member under the same key, and another crashes. */
export const CLIENT: Table = {
  uuid: 'text A! J!',
  user: 'int A=intOrText F!',
  community: 'int',
  user_unique_id: 'text',
  widget_id: 'text',
};

export const COMMUNITY: Table = {
  id: 'int A! F! I!',
  name: 'text A! F!',
  image_url: 'text',
  purpose: 'text',
  type: 'int',
  sub_type: 'int',
  is_paid: 'bool',
  members_count: 'int',
  updated_at: 'int',
};

export const ATTACHMENT: Table = {
  id: 'int A!',
  type: 'text A!',
  file_url: 'text A!',
  url: 'text',
  name: 'text',
  thumbnail_url: 'text',
  index: 'int',
  width: 'int',
  height: 'int',
  meta: 'meta',
  created_at: 'int',
  answer_id: 'int A! I!',
  dimensions: 'text',
  location_lat: 'number',
  location_long: 'number',
  location_name: 'text',
};

export const META: Table = { size: 'int', number_of_page: 'int', duration: 'int' };

export const OPTION: Table = {
  id: 'int A! F! I! J!',
  text: 'text A! F!',
  sub_text: 'text',
  conversation_id: 'int A!',
  user_id: 'int A! J!',
  no_votes: 'int',
  count: 'int',
  percentage: 'int',
  is_selected: 'bool',
};

export const MESSAGE_REACTION: Table = {
  id: 'int F!',
  reaction: 'text A! F! I! J!',
  chatroom_id: 'int F!',
  conversation_id: 'int F! A! I!',
  user_id: 'int F! A! I! J!',
};

export const ROOM_REACTION: Table = { ...MESSAGE_REACTION, conversation_id: 'int' };

export const WIDGET: Table = {
  _id: 'text A! J!',
  parent_entity_id: 'text A!',
  parent_entity_type: 'text A!',
  metadata: 'object',
  _lm_meta: 'object',
  created_at: 'int A!',
  updated_at: 'int A!',
};

export const SYNC_META: Table = { unseen_count: 'int A!', last_conversation_id: 'int' };

export const FAMILIES = ['A', 'F', 'I', 'J'] as const;
export type Family = (typeof FAMILIES)[number];

export const ENDPOINTS = ['chatroom', 'conversation'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** Where the rows are. */
export const ROWS = { chatroom: 'chatrooms_data', conversation: 'conversations_data' } as const;

/** The metas that have to be objects, and who fails without; on a page without rows, nobody does. */
export const REQUIRED_METAS: Readonly<Record<Endpoint, Readonly<Record<string, string>>>> = {
  chatroom: {
    community_meta: 'A I',
    user_meta: 'A F I J',
    conversation_meta: 'A F I',
    widgets: 'A',
    card_attachments_meta: '',
    conv_attachments_meta: '',
    conv_polls_meta: '',
    sync_meta: '',
  },
  conversation: {
    community_meta: 'A I',
    user_meta: 'A F I J',
    chatroom_meta: 'A I',
    conversation_meta: '',
    widgets: 'A',
    conv_attachments_meta: '',
    conv_polls_meta: '',
    conv_reactions_meta: '',
    chatroom_reactions_meta: '',
  },
};

/** Every meta: the table of its values, which may come in lists, and whose keys Flutter reads by `int.parse`. */
export const METAS: Readonly<Record<string, { table: Table; isList?: true; hasTextKeys?: true }>> = {
  community_meta: { table: COMMUNITY },
  user_meta: { table: USER },
  conversation_meta: { table: CONVERSATION },
  chatroom_meta: { table: CHATROOM },
  card_attachments_meta: { table: ATTACHMENT, isList: true },
  conv_attachments_meta: { table: ATTACHMENT, isList: true },
  conv_polls_meta: { table: OPTION, isList: true },
  conv_reactions_meta: { table: MESSAGE_REACTION, isList: true },
  chatroom_reactions_meta: { table: ROOM_REACTION, isList: true },
  widgets: { table: WIDGET, hasTextKeys: true },
  sync_meta: { table: SYNC_META },
};

/**
 * What a row names has to be found in a meta, where it names something. `row`: the family drops the row, or
 * crashes over it; either way something is missing on the screen.
 */
export interface Reference {
  readonly field: string;
  readonly meta: string;
  readonly families: string;
}

export const ROOM_REFERENCES: readonly Reference[] = [
  { field: 'user_id', meta: 'user_meta', families: 'A F I J' },
  { field: 'chatroom_with_user_id', meta: 'user_meta', families: 'A F I J' },
  { field: 'chat_requested_by_id', meta: 'user_meta', families: 'A F I J' },
  { field: 'last_conversation_id', meta: 'conversation_meta', families: 'A F I J' },
  { field: 'last_seen_conversation_id', meta: 'conversation_meta', families: 'A I' },
  { field: 'topic_id', meta: 'conversation_meta', families: 'A F I' },
  { field: 'deleted_by_user_id', meta: 'user_meta', families: 'A F I' },
  { field: 'community_id', meta: 'community_meta', families: 'A I' },
];

export const ROW_REFERENCES: readonly Reference[] = [
  { field: 'user_id', meta: 'user_meta', families: 'A F I J' },
  { field: 'deleted_by_user_id', meta: 'user_meta', families: 'A F I J' },
  { field: 'reply_id', meta: 'conversation_meta', families: 'A F I J' },
  { field: 'community_id', meta: 'community_meta', families: 'A I' },
];

export const USER_REFERENCE: readonly Reference[] = [
  { field: 'user_id', meta: 'user_meta', families: 'A F I J' },
];
