-- What the migrations of this folder make, as one text to read. Made by:
-- UPDATE_SCHEMA=1 npx vitest run --project unit test/migrations/schema-dump.test.ts

CREATE TABLE attachments (
  community_id INTEGER NOT NULL,
  message_id   INTEGER NOT NULL,
  id           INTEGER NOT NULL,
  -- A JSON object: type, url, name, width, height, thumbnail_url, meta.
  content      TEXT    NOT NULL,
  PRIMARY KEY (community_id, message_id, id),
  FOREIGN KEY (community_id, message_id) REFERENCES messages (community_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE channels (
  community_id       INTEGER NOT NULL REFERENCES communities (id),
  id                 INTEGER NOT NULL,
  type               INTEGER NOT NULL,
  -- A group's channel id; of a person channel (type 1) both uids, see src/domain/channel.ts.
  name               TEXT    NOT NULL,
  version            INTEGER NOT NULL,
  last_seq           INTEGER NOT NULL DEFAULT 0,
  last_message_at_ms INTEGER NOT NULL DEFAULT 0,
  last_client_msg_no TEXT    NOT NULL DEFAULT '',
  -- Messages up to here went with a deleted channel of this name: who joins later does not see them.
  floor_seq          INTEGER NOT NULL DEFAULT 0,
  is_deleted         INTEGER NOT NULL DEFAULT 0,
  large              INTEGER NOT NULL DEFAULT 0,
  ban                INTEGER NOT NULL DEFAULT 0,
  disband            INTEGER NOT NULL DEFAULT 0,
  send_ban           INTEGER NOT NULL DEFAULT 0,
  allow_stranger     INTEGER NOT NULL DEFAULT 0,
  created_at_ms      INTEGER NOT NULL, room_type INTEGER NOT NULL DEFAULT 0, creator_id INTEGER, title TEXT NOT NULL DEFAULT '', header TEXT NOT NULL DEFAULT '', image_url TEXT, tag TEXT, is_secret INTEGER NOT NULL DEFAULT 0, topic_id INTEGER, last_json TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (community_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE clocks (
  community_id    INTEGER PRIMARY KEY REFERENCES communities (id),
  last_version    INTEGER NOT NULL DEFAULT 0 CHECK (last_version % 1024 = 0),
  last_user_id    INTEGER NOT NULL DEFAULT 0,
  last_channel_id INTEGER NOT NULL DEFAULT 0,
  last_message_id INTEGER NOT NULL DEFAULT 0
, last_item_id INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE communities (
  id            INTEGER PRIMARY KEY,
  name          TEXT    NOT NULL,
  created_at_ms INTEGER NOT NULL
, api_key_hash TEXT, image_url TEXT, purpose TEXT) STRICT;

CREATE TABLE memberships (
  community_id     INTEGER NOT NULL,
  user_id          INTEGER NOT NULL,
  channel_id       INTEGER NOT NULL,
  -- 0 once he has left: the row stays for a while, so that clients can be told of it.
  is_member        INTEGER NOT NULL DEFAULT 1,
  version          INTEGER NOT NULL,
  joined_version   INTEGER NOT NULL,
  -- When the conversation last left the user's list; 0 if it never did.
  delisted_version INTEGER NOT NULL DEFAULT 0,
  read_seq         INTEGER NOT NULL DEFAULT 0,
  -- Messages up to here are deleted for this user.
  floor_seq        INTEGER NOT NULL DEFAULT 0,
  -- Added to the unread count by marking the conversation as unread.
  mark             INTEGER NOT NULL DEFAULT 0, is_following INTEGER NOT NULL DEFAULT 1, is_muted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (community_id, user_id, channel_id),
  FOREIGN KEY (community_id, user_id) REFERENCES users (community_id, id),
  FOREIGN KEY (community_id, channel_id) REFERENCES channels (community_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  community_id   INTEGER NOT NULL,
  channel_id     INTEGER NOT NULL,
  seq            INTEGER NOT NULL,
  id             INTEGER NOT NULL,
  sender_id      INTEGER NOT NULL,
  client_msg_no  TEXT    NOT NULL,
  payload        BLOB    NOT NULL,
  red_dot        INTEGER NOT NULL,
  setting        INTEGER NOT NULL,
  expire_seconds INTEGER NOT NULL,
  created_at_ms  INTEGER NOT NULL,
  -- Of the write that stored it.
  version        INTEGER NOT NULL, updated_version INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 0, is_counted INTEGER NOT NULL DEFAULT 1, is_edited INTEGER NOT NULL DEFAULT 0, deleted_by_id INTEGER, reply_to_id INTEGER, extras TEXT, json TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (community_id, channel_id, seq),
  FOREIGN KEY (community_id, channel_id) REFERENCES channels (community_id, id),
  FOREIGN KEY (community_id, sender_id) REFERENCES users (community_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE migrations (
  number        INTEGER PRIMARY KEY,
  name          TEXT    NOT NULL,
  checksum      TEXT    NOT NULL,
  applied_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE poll_options (
  community_id INTEGER NOT NULL,
  message_id   INTEGER NOT NULL,
  id           INTEGER NOT NULL,
  text         TEXT    NOT NULL,
  user_id      INTEGER NOT NULL,
  PRIMARY KEY (community_id, message_id, id),
  FOREIGN KEY (community_id, message_id) REFERENCES polls (community_id, message_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE poll_votes (
  community_id INTEGER NOT NULL,
  message_id   INTEGER NOT NULL,
  user_id      INTEGER NOT NULL,
  option_id    INTEGER NOT NULL,
  PRIMARY KEY (community_id, message_id, user_id, option_id),
  FOREIGN KEY (community_id, message_id, option_id)
    REFERENCES poll_options (community_id, message_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE polls (
  community_id          INTEGER NOT NULL,
  message_id            INTEGER NOT NULL,
  -- 0 instant, 1 deferred, 2 open.
  poll_type             INTEGER NOT NULL,
  -- How many options a vote names: 0 exactly, 1 at most, 2 at least multiple_select_no.
  multiple_select_state INTEGER NOT NULL,
  multiple_select_no    INTEGER NOT NULL,
  is_anonymous          INTEGER NOT NULL,
  allow_add_option      INTEGER NOT NULL,
  -- Null: never.
  expires_at_ms         INTEGER,
  PRIMARY KEY (community_id, message_id),
  FOREIGN KEY (community_id, message_id) REFERENCES messages (community_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE reactions (
  community_id INTEGER NOT NULL,
  channel_id   INTEGER NOT NULL,
  message_id   INTEGER NOT NULL,
  user_id      INTEGER NOT NULL,
  id           INTEGER NOT NULL,
  reaction     TEXT    NOT NULL,
  PRIMARY KEY (community_id, channel_id, message_id, user_id),
  FOREIGN KEY (community_id, channel_id) REFERENCES channels (community_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  community_id   INTEGER NOT NULL REFERENCES communities (id),
  id             INTEGER NOT NULL,
  uid            TEXT    NOT NULL,
  created_at_ms  INTEGER NOT NULL,
  -- The highest version among this user's ended memberships that were purged.
  purged_version INTEGER NOT NULL DEFAULT 0, name TEXT NOT NULL DEFAULT '', image_url TEXT, is_guest INTEGER NOT NULL DEFAULT 0, is_manager INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (community_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE widgets (
  community_id  INTEGER NOT NULL,
  id            TEXT    NOT NULL,
  message_id    INTEGER NOT NULL,
  -- A JSON object, as the sender gave it.
  metadata      TEXT    NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (community_id, id),
  FOREIGN KEY (community_id, message_id) REFERENCES messages (community_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX channels_by_name ON channels (community_id, type, name);

CREATE INDEX channels_deleted ON channels (community_id, id) WHERE floor_seq > 0;

CREATE UNIQUE INDEX communities_by_api_key ON communities (api_key_hash) WHERE api_key_hash IS NOT NULL;

CREATE INDEX memberships_by_channel ON memberships (community_id, channel_id, user_id);

CREATE INDEX memberships_ended ON memberships (version) WHERE is_member = 0;

CREATE UNIQUE INDEX messages_by_client_msg_no ON messages (community_id, channel_id, sender_id, client_msg_no);

CREATE UNIQUE INDEX messages_by_id ON messages (community_id, id);

CREATE INDEX messages_by_update ON messages (community_id, channel_id, updated_version, seq);

CREATE INDEX messages_uncounted ON messages (community_id, channel_id, seq) WHERE is_counted = 0;

CREATE UNIQUE INDEX users_by_uid ON users (community_id, uid);

CREATE UNIQUE INDEX widgets_by_message ON widgets (community_id, message_id);
