-- The log of messages, and each user's state in each channel.
--
-- Every key begins with the community, so that nothing can be joined across two of them and so that the
-- same schema can be distributed by it. Times end in _at_ms (since 1970); versions are described in
-- src/domain/version.ts. Texts are compared byte by byte, whatever the locale of the database. Rows that every
-- write changes have room left beside them (fillfactor), so that their new state needs no new index entries.

CREATE TABLE communities (
  id            BIGINT PRIMARY KEY,
  name          TEXT COLLATE "C" NOT NULL,
  created_at_ms BIGINT NOT NULL
);

-- What the next write of a community counts on from. One row a community, written last in a transaction.
CREATE TABLE clocks (
  community_id    BIGINT PRIMARY KEY REFERENCES communities (id),
  last_version    BIGINT NOT NULL DEFAULT 0 CHECK (last_version % 1024 = 0),
  last_user_id    BIGINT NOT NULL DEFAULT 0,
  last_channel_id BIGINT NOT NULL DEFAULT 0,
  last_message_id BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 10);

CREATE TABLE users (
  community_id   BIGINT NOT NULL REFERENCES communities (id),
  id             BIGINT NOT NULL,
  uid            TEXT COLLATE "C" NOT NULL,
  created_at_ms  BIGINT NOT NULL,
  -- The highest version among this user's ended memberships that were purged.
  purged_version BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (community_id, id)
);

CREATE UNIQUE INDEX users_by_uid ON users (community_id, uid);

-- last_* is the head: the newest message, kept here so that a list of conversations need not look for it.
CREATE TABLE channels (
  community_id       BIGINT NOT NULL REFERENCES communities (id),
  id                 BIGINT NOT NULL,
  type               BIGINT NOT NULL,
  -- A group's channel id; of a person channel (type 1) both uids, see src/domain/channel.ts.
  name               TEXT COLLATE "C" NOT NULL,
  version            BIGINT NOT NULL,
  last_seq           BIGINT NOT NULL DEFAULT 0,
  last_message_at_ms BIGINT NOT NULL DEFAULT 0,
  last_client_msg_no TEXT COLLATE "C" NOT NULL DEFAULT '',
  -- Messages up to here went with a deleted channel of this name: who joins later does not see them.
  floor_seq          BIGINT NOT NULL DEFAULT 0,
  is_deleted         SMALLINT NOT NULL DEFAULT 0,
  large              SMALLINT NOT NULL DEFAULT 0,
  ban                SMALLINT NOT NULL DEFAULT 0,
  disband            SMALLINT NOT NULL DEFAULT 0,
  send_ban           SMALLINT NOT NULL DEFAULT 0,
  allow_stranger     SMALLINT NOT NULL DEFAULT 0,
  created_at_ms      BIGINT NOT NULL,
  PRIMARY KEY (community_id, id)
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX channels_by_name ON channels (community_id, type, name);

CREATE INDEX channels_deleted ON channels (community_id, id) WHERE floor_seq > 0;

CREATE TABLE memberships (
  community_id     BIGINT NOT NULL,
  user_id          BIGINT NOT NULL,
  channel_id       BIGINT NOT NULL,
  -- 0 once he has left: the row stays for a while, so that clients can be told of it.
  is_member        SMALLINT NOT NULL DEFAULT 1,
  version          BIGINT NOT NULL,
  joined_version   BIGINT NOT NULL,
  -- When the conversation last left the user's list; 0 if it never did.
  delisted_version BIGINT NOT NULL DEFAULT 0,
  read_seq         BIGINT NOT NULL DEFAULT 0,
  -- Messages up to here are deleted for this user.
  floor_seq        BIGINT NOT NULL DEFAULT 0,
  -- Added to the unread count by marking the conversation as unread.
  mark             BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (community_id, user_id, channel_id),
  FOREIGN KEY (community_id, user_id) REFERENCES users (community_id, id),
  FOREIGN KEY (community_id, channel_id) REFERENCES channels (community_id, id)
) WITH (fillfactor = 80);

CREATE INDEX memberships_by_channel ON memberships (community_id, channel_id, user_id);

CREATE INDEX memberships_ended ON memberships (version) WHERE is_member = 0;

CREATE TABLE messages (
  community_id   BIGINT NOT NULL,
  channel_id     BIGINT NOT NULL,
  seq            BIGINT NOT NULL,
  id             BIGINT NOT NULL,
  sender_id      BIGINT NOT NULL,
  client_msg_no  TEXT COLLATE "C" NOT NULL,
  payload        BYTEA   NOT NULL,
  red_dot        SMALLINT NOT NULL,
  setting        BIGINT NOT NULL,
  expire_seconds BIGINT NOT NULL,
  created_at_ms  BIGINT NOT NULL,
  -- Of the write that stored it.
  version        BIGINT NOT NULL,
  PRIMARY KEY (community_id, channel_id, seq),
  FOREIGN KEY (community_id, channel_id) REFERENCES channels (community_id, id),
  FOREIGN KEY (community_id, sender_id) REFERENCES users (community_id, id)
);

CREATE UNIQUE INDEX messages_by_client_msg_no ON messages (community_id, channel_id, sender_id, client_msg_no);

-- The few messages that never count as unread.
CREATE INDEX messages_uncounted ON messages (community_id, channel_id, seq) WHERE red_dot = 0;

INSERT INTO communities (id, name, created_at_ms) VALUES (1, 'default', 0);
INSERT INTO clocks (community_id) VALUES (1);
