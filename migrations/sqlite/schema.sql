-- What the migrations of this folder make, as one text to read. Made by:
-- UPDATE_SCHEMA=1 npx vitest run --project unit test/migrations/schema-dump.test.ts

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
  created_at_ms      INTEGER NOT NULL,
  PRIMARY KEY (community_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE clocks (
  community_id    INTEGER PRIMARY KEY REFERENCES communities (id),
  last_version    INTEGER NOT NULL DEFAULT 0 CHECK (last_version % 1024 = 0),
  last_user_id    INTEGER NOT NULL DEFAULT 0,
  last_channel_id INTEGER NOT NULL DEFAULT 0,
  last_message_id INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE communities (
  id            INTEGER PRIMARY KEY,
  name          TEXT    NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;

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
  mark             INTEGER NOT NULL DEFAULT 0,
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
  version        INTEGER NOT NULL,
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

CREATE TABLE users (
  community_id   INTEGER NOT NULL REFERENCES communities (id),
  id             INTEGER NOT NULL,
  uid            TEXT    NOT NULL,
  created_at_ms  INTEGER NOT NULL,
  -- The highest version among this user's ended memberships that were purged.
  purged_version INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (community_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX channels_by_name ON channels (community_id, type, name);

CREATE INDEX channels_deleted ON channels (community_id, id) WHERE floor_seq > 0;

CREATE INDEX memberships_by_channel ON memberships (community_id, channel_id, user_id);

CREATE INDEX memberships_ended ON memberships (version) WHERE is_member = 0;

CREATE UNIQUE INDEX messages_by_client_msg_no ON messages (community_id, channel_id, sender_id, client_msg_no);

CREATE INDEX messages_uncounted ON messages (community_id, channel_id, seq) WHERE red_dot = 0;

CREATE UNIQUE INDEX users_by_uid ON users (community_id, uid);
