-- What the Kettle dialect needs beyond conversations: rooms, profiles, edits, replies, polls, reactions.
-- A room is a channel, a room's message is a message: there is one log for both dialects.

-- Only a hash of the API key is kept.
ALTER TABLE communities ADD COLUMN api_key_hash TEXT COLLATE "C";
ALTER TABLE communities ADD COLUMN image_url TEXT COLLATE "C";
ALTER TABLE communities ADD COLUMN purpose TEXT COLLATE "C";

CREATE UNIQUE INDEX communities_by_api_key ON communities (api_key_hash) WHERE api_key_hash IS NOT NULL;

-- Ids of attachments, poll options and reactions.
ALTER TABLE clocks ADD COLUMN last_item_id BIGINT NOT NULL DEFAULT 0;

ALTER TABLE users ADD COLUMN name TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN image_url TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN is_guest SMALLINT NOT NULL DEFAULT 0;
-- May post announcements and delete what others wrote.
ALTER TABLE users ADD COLUMN is_manager SMALLINT NOT NULL DEFAULT 0;

-- 0 normal, 7 announcement, 10 direct message.
ALTER TABLE channels ADD COLUMN room_type BIGINT NOT NULL DEFAULT 0;
-- Null: nobody in particular; the system then stands for him.
ALTER TABLE channels ADD COLUMN creator_id BIGINT;
ALTER TABLE channels ADD COLUMN title TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN header TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN image_url TEXT COLLATE "C";
ALTER TABLE channels ADD COLUMN tag TEXT COLLATE "C";
ALTER TABLE channels ADD COLUMN is_secret SMALLINT NOT NULL DEFAULT 0;
-- Of the message that is pinned as the room's topic.
ALTER TABLE channels ADD COLUMN topic_id BIGINT;

UPDATE channels SET room_type = 10 WHERE type = 1;

ALTER TABLE memberships ADD COLUMN is_following SMALLINT NOT NULL DEFAULT 1;
ALTER TABLE memberships ADD COLUMN is_muted SMALLINT NOT NULL DEFAULT 0;

-- Of the write that changed it last: an edit, a deletion, a reaction, a vote. At first, of the one that stored it.
ALTER TABLE messages ADD COLUMN updated_version BIGINT NOT NULL DEFAULT 0;
-- 0 message, 1 the room's header, 10 poll; others as the clients know them.
ALTER TABLE messages ADD COLUMN state BIGINT NOT NULL DEFAULT 0;
-- Whether it counts as unread for others: a red dot, a state that counts, not deleted.
ALTER TABLE messages ADD COLUMN is_counted SMALLINT NOT NULL DEFAULT 1;
ALTER TABLE messages ADD COLUMN is_edited SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN deleted_by_id BIGINT;
ALTER TABLE messages ADD COLUMN reply_to_id BIGINT;
-- Null, or a JSON object of what is passed on as it came: link previews and the like.
ALTER TABLE messages ADD COLUMN extras TEXT COLLATE "C";

UPDATE messages SET updated_version = version, is_counted = red_dot;

DROP INDEX messages_uncounted;
CREATE INDEX messages_uncounted ON messages (community_id, channel_id, seq) WHERE is_counted = 0;
CREATE UNIQUE INDEX messages_by_id ON messages (community_id, id);
CREATE INDEX messages_by_update ON messages (community_id, channel_id, updated_version, seq);

CREATE TABLE attachments (
  community_id BIGINT NOT NULL,
  message_id   BIGINT NOT NULL,
  id           BIGINT NOT NULL,
  -- A JSON object: type, url, name, width, height, thumbnail_url, meta.
  content      TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (community_id, message_id, id),
  FOREIGN KEY (community_id, message_id) REFERENCES messages (community_id, id) ON DELETE CASCADE
);

CREATE TABLE polls (
  community_id          BIGINT NOT NULL,
  message_id            BIGINT NOT NULL,
  -- 0 instant, 1 deferred, 2 open.
  poll_type             BIGINT NOT NULL,
  -- How many options a vote names: 0 exactly, 1 at most, 2 at least multiple_select_no.
  multiple_select_state BIGINT NOT NULL,
  multiple_select_no    BIGINT NOT NULL,
  is_anonymous          SMALLINT NOT NULL,
  allow_add_option      SMALLINT NOT NULL,
  -- Null: never.
  expires_at_ms         BIGINT,
  PRIMARY KEY (community_id, message_id),
  FOREIGN KEY (community_id, message_id) REFERENCES messages (community_id, id) ON DELETE CASCADE
);

CREATE TABLE poll_options (
  community_id BIGINT NOT NULL,
  message_id   BIGINT NOT NULL,
  id           BIGINT NOT NULL,
  text         TEXT COLLATE "C" NOT NULL,
  user_id      BIGINT NOT NULL,
  PRIMARY KEY (community_id, message_id, id),
  FOREIGN KEY (community_id, message_id) REFERENCES polls (community_id, message_id) ON DELETE CASCADE
);

CREATE TABLE poll_votes (
  community_id BIGINT NOT NULL,
  message_id   BIGINT NOT NULL,
  user_id      BIGINT NOT NULL,
  option_id    BIGINT NOT NULL,
  PRIMARY KEY (community_id, message_id, user_id, option_id),
  FOREIGN KEY (community_id, message_id, option_id)
    REFERENCES poll_options (community_id, message_id, id) ON DELETE CASCADE
);

-- One a user and message; one a user and room where message_id is 0.
CREATE TABLE reactions (
  community_id BIGINT NOT NULL,
  channel_id   BIGINT NOT NULL,
  message_id   BIGINT NOT NULL,
  user_id      BIGINT NOT NULL,
  id           BIGINT NOT NULL,
  reaction     TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (community_id, channel_id, message_id, user_id),
  FOREIGN KEY (community_id, channel_id) REFERENCES channels (community_id, id)
);

CREATE TABLE widgets (
  community_id  BIGINT NOT NULL,
  id            TEXT COLLATE "C" NOT NULL,
  message_id    BIGINT NOT NULL,
  -- A JSON object, as the sender gave it.
  metadata      TEXT COLLATE "C" NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (community_id, id),
  FOREIGN KEY (community_id, message_id) REFERENCES messages (community_id, id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX widgets_by_message ON widgets (community_id, message_id);

-- The system is a user from now on: rooms that nobody in particular has made are his.
UPDATE clocks SET last_user_id = last_user_id + 1
  WHERE community_id NOT IN (SELECT community_id FROM users WHERE uid = '____system');
INSERT INTO users (community_id, id, uid, created_at_ms)
  SELECT community_id, last_user_id, '____system', 0 FROM clocks
  WHERE community_id NOT IN (SELECT community_id FROM users WHERE uid = '____system');
UPDATE users SET name = 'System' WHERE uid = '____system';
