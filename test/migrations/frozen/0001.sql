-- A database as version 0001 left it: its schema, and some data. It stands for the databases that are out
-- there, so it stays as it is, whatever later migrations do.

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

INSERT INTO migrations (number, name, checksum, applied_at_ms) VALUES
  (1, '0001_conversations', 'd84d14f0da810ecca11d1ad37a432894d09e9e1e87eec79bc88480b66d7b3912', 1763756460000);

INSERT INTO communities (id, name, created_at_ms) VALUES
  (1, 'default', 0),
  (2, 'other', 1763756460000);

INSERT INTO clocks (community_id, last_version, last_user_id, last_channel_id, last_message_id) VALUES
  (1, 1763756460123456512, 3, 2, 4),
  (2, 1763756460123457536, 1, 0, 0);

INSERT INTO users (community_id, id, uid, created_at_ms, purged_version) VALUES
  (1, 1, 'ann', 1763756460001, 0),
  (1, 2, 'bob', 1763756460002, 1763756460000000000),
  (1, 3, 'søren|1:2', 1763756460003, 0),
  (2, 1, 'ann', 1763756460004, 0);

INSERT INTO channels (
  community_id, id, type, name, version, last_seq, last_message_at_ms, last_client_msg_no, floor_seq,
  is_deleted, large, ban, disband, send_ban, allow_stranger, created_at_ms
) VALUES
  (1, 1, 1, 'ann' || char(10) || 'bob', 1763756460123455488, 2, 1763756460100, 'no-2', 0, 0, 0, 0, 0, 0, 0, 1763756460005),
  (1, 2, 2, 'ns:room:1', 1763756460123456512, 2, 1763756460120, 'no-4', 1, 0, 1, 0, 0, 1, 0, 1763756460006);

INSERT INTO memberships (
  community_id, user_id, channel_id, is_member, version, joined_version, delisted_version, read_seq,
  floor_seq, mark
) VALUES
  (1, 1, 1, 1, 1763756460123455488, 1763756460123453440, 0, 2, 0, 0),
  (1, 2, 1, 1, 1763756460123455488, 1763756460123453440, 0, 1, 0, 1),
  (1, 1, 2, 1, 1763756460123456512, 1763756460123454464, 0, 0, 0, 0),
  (1, 2, 2, 0, 1763756460123456512, 1763756460123454464, 0, 0, 0, 0),
  (1, 3, 2, 1, 1763756460123456512, 1763756460123454464, 1763756460123455488, 2, 1, 0);

INSERT INTO messages (
  community_id, channel_id, seq, id, sender_id, client_msg_no, payload, red_dot, setting, expire_seconds,
  created_at_ms, version
) VALUES
  (1, 1, 1, 1, 1, 'no-1', x'68656c6c6f', 1, 0, 0, 1763756460090, 1763756460123453440),
  (1, 1, 2, 2, 1, 'no-2', x'00ff', 1, 0, 0, 1763756460100, 1763756460123455488),
  (1, 2, 1, 3, 3, 'no-3', x'', 0, 2, 60, 1763756460110, 1763756460123454464),
  (1, 2, 2, 4, 3, 'no-4', x'7b7d', 1, 0, 0, 1763756460120, 1763756460123456512);
