-- What the Kettle dialect needs beyond conversations: rooms, profiles, edits, replies, polls, reactions.
-- A room is a channel, a room's message is a message: there is one log for both dialects.

-- Only a hash of the API key is kept.
ALTER TABLE communities ADD COLUMN api_key_hash TEXT;
ALTER TABLE communities ADD COLUMN image_url TEXT;
ALTER TABLE communities ADD COLUMN purpose TEXT;

CREATE UNIQUE INDEX communities_by_api_key ON communities (api_key_hash) WHERE api_key_hash IS NOT NULL;

-- Ids of attachments, poll options and reactions.
ALTER TABLE clocks ADD COLUMN last_item_id INTEGER NOT NULL DEFAULT 0;

ALTER TABLE users ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN image_url TEXT;
ALTER TABLE users ADD COLUMN is_guest INTEGER NOT NULL DEFAULT 0;
-- May post announcements and delete what others wrote.
ALTER TABLE users ADD COLUMN is_manager INTEGER NOT NULL DEFAULT 0;

-- 0 normal, 7 announcement, 10 direct message.
ALTER TABLE channels ADD COLUMN room_type INTEGER NOT NULL DEFAULT 0;
-- Null: nobody in particular; the system then stands for him.
ALTER TABLE channels ADD COLUMN creator_id INTEGER;
ALTER TABLE channels ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN header TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN image_url TEXT;
ALTER TABLE channels ADD COLUMN tag TEXT;
ALTER TABLE channels ADD COLUMN is_secret INTEGER NOT NULL DEFAULT 0;
-- Of the message that is pinned as the room's topic.
ALTER TABLE channels ADD COLUMN topic_id INTEGER;

UPDATE channels SET room_type = 10 WHERE type = 1;

ALTER TABLE memberships ADD COLUMN is_following INTEGER NOT NULL DEFAULT 1;
ALTER TABLE memberships ADD COLUMN is_muted INTEGER NOT NULL DEFAULT 0;

-- Of the write that changed it last: an edit, a deletion, a reaction, a vote. At first, of the one that stored it.
ALTER TABLE messages ADD COLUMN updated_version INTEGER NOT NULL DEFAULT 0;
-- 0 message, 1 the room's header, 10 poll; others as the clients know them.
ALTER TABLE messages ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
-- Whether it counts as unread for others: a red dot, a state that counts, not deleted.
ALTER TABLE messages ADD COLUMN is_counted INTEGER NOT NULL DEFAULT 1;
ALTER TABLE messages ADD COLUMN is_edited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN deleted_by_id INTEGER;
ALTER TABLE messages ADD COLUMN reply_to_id INTEGER;
-- Null, or a JSON object of what is passed on as it came: link previews and the like.
ALTER TABLE messages ADD COLUMN extras TEXT;

UPDATE messages SET updated_version = version, is_counted = red_dot;

DROP INDEX messages_uncounted;
CREATE INDEX messages_uncounted ON messages (community_id, channel_id, seq) WHERE is_counted = 0;
CREATE UNIQUE INDEX messages_by_id ON messages (community_id, id);
CREATE INDEX messages_by_update ON messages (community_id, channel_id, updated_version, seq);

CREATE TABLE attachments (
  community_id INTEGER NOT NULL,
  message_id   INTEGER NOT NULL,
  id           INTEGER NOT NULL,
  -- A JSON object: type, url, name, width, height, thumbnail_url, meta.
  content      TEXT    NOT NULL,
  PRIMARY KEY (community_id, message_id, id),
  FOREIGN KEY (community_id, message_id) REFERENCES messages (community_id, id) ON DELETE CASCADE
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

-- One a user and message; one a user and room where message_id is 0.
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

CREATE UNIQUE INDEX widgets_by_message ON widgets (community_id, message_id);

-- The system is a user from now on: rooms that nobody in particular has made are his.
UPDATE clocks SET last_user_id = last_user_id + 1
  WHERE community_id NOT IN (SELECT community_id FROM users WHERE uid = '____system');
INSERT INTO users (community_id, id, uid, created_at_ms)
  SELECT community_id, last_user_id, '____system', 0 FROM clocks
  WHERE community_id NOT IN (SELECT community_id FROM users WHERE uid = '____system');
UPDATE users SET name = 'System' WHERE uid = '____system';
