-- What the migrations of this folder make, as one text to read. Made by:
-- UPDATE_SCHEMA=1 npx vitest run --project postgres test/postgres/schema-dump.test.ts

CREATE TABLE attachments (
  community_id bigint NOT NULL,
  message_id bigint NOT NULL,
  id bigint NOT NULL,
  content text COLLATE "C" NOT NULL
);

CREATE TABLE channels (
  community_id bigint NOT NULL,
  id bigint NOT NULL,
  type bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  last_seq bigint DEFAULT 0 NOT NULL,
  last_message_at_ms bigint DEFAULT 0 NOT NULL,
  last_client_msg_no text COLLATE "C" DEFAULT ''::text NOT NULL,
  floor_seq bigint DEFAULT 0 NOT NULL,
  is_deleted smallint DEFAULT 0 NOT NULL,
  large smallint DEFAULT 0 NOT NULL,
  ban smallint DEFAULT 0 NOT NULL,
  disband smallint DEFAULT 0 NOT NULL,
  send_ban smallint DEFAULT 0 NOT NULL,
  allow_stranger smallint DEFAULT 0 NOT NULL,
  created_at_ms bigint NOT NULL,
  room_type bigint DEFAULT 0 NOT NULL,
  creator_id bigint,
  title text COLLATE "C" DEFAULT ''::text NOT NULL,
  header text COLLATE "C" DEFAULT ''::text NOT NULL,
  image_url text COLLATE "C",
  tag text COLLATE "C",
  is_secret smallint DEFAULT 0 NOT NULL,
  topic_id bigint,
  last_json text COLLATE "C" DEFAULT ''::text NOT NULL
) WITH (fillfactor=80);

CREATE TABLE clocks (
  community_id bigint NOT NULL,
  last_version bigint DEFAULT 0 NOT NULL,
  last_user_id bigint DEFAULT 0 NOT NULL,
  last_channel_id bigint DEFAULT 0 NOT NULL,
  last_message_id bigint DEFAULT 0 NOT NULL,
  last_item_id bigint DEFAULT 0 NOT NULL
) WITH (fillfactor=10);

CREATE TABLE communities (
  id bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL,
  api_key_hash text COLLATE "C",
  image_url text COLLATE "C",
  purpose text COLLATE "C"
);

CREATE TABLE memberships (
  community_id bigint NOT NULL,
  user_id bigint NOT NULL,
  channel_id bigint NOT NULL,
  is_member smallint DEFAULT 1 NOT NULL,
  version bigint NOT NULL,
  joined_version bigint NOT NULL,
  delisted_version bigint DEFAULT 0 NOT NULL,
  read_seq bigint DEFAULT 0 NOT NULL,
  floor_seq bigint DEFAULT 0 NOT NULL,
  mark bigint DEFAULT 0 NOT NULL,
  is_following smallint DEFAULT 1 NOT NULL,
  is_muted smallint DEFAULT 0 NOT NULL
) WITH (fillfactor=80);

CREATE TABLE messages (
  community_id bigint NOT NULL,
  channel_id bigint NOT NULL,
  seq bigint NOT NULL,
  id bigint NOT NULL,
  sender_id bigint NOT NULL,
  client_msg_no text COLLATE "C" NOT NULL,
  payload bytea NOT NULL,
  red_dot smallint NOT NULL,
  setting bigint NOT NULL,
  expire_seconds bigint NOT NULL,
  created_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  updated_version bigint DEFAULT 0 NOT NULL,
  state bigint DEFAULT 0 NOT NULL,
  is_counted smallint DEFAULT 1 NOT NULL,
  is_edited smallint DEFAULT 0 NOT NULL,
  deleted_by_id bigint,
  reply_to_id bigint,
  extras text COLLATE "C",
  "json" text COLLATE "C" DEFAULT ''::text NOT NULL
);

CREATE TABLE migrations (
  number bigint NOT NULL,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at_ms bigint NOT NULL
);

CREATE TABLE poll_options (
  community_id bigint NOT NULL,
  message_id bigint NOT NULL,
  id bigint NOT NULL,
  text text COLLATE "C" NOT NULL,
  user_id bigint NOT NULL
);

CREATE TABLE poll_votes (
  community_id bigint NOT NULL,
  message_id bigint NOT NULL,
  user_id bigint NOT NULL,
  option_id bigint NOT NULL
);

CREATE TABLE polls (
  community_id bigint NOT NULL,
  message_id bigint NOT NULL,
  poll_type bigint NOT NULL,
  multiple_select_state bigint NOT NULL,
  multiple_select_no bigint NOT NULL,
  is_anonymous smallint NOT NULL,
  allow_add_option smallint NOT NULL,
  expires_at_ms bigint
);

CREATE TABLE reactions (
  community_id bigint NOT NULL,
  channel_id bigint NOT NULL,
  message_id bigint NOT NULL,
  user_id bigint NOT NULL,
  id bigint NOT NULL,
  reaction text COLLATE "C" NOT NULL
);

CREATE TABLE users (
  community_id bigint NOT NULL,
  id bigint NOT NULL,
  uid text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL,
  purged_version bigint DEFAULT 0 NOT NULL,
  name text COLLATE "C" DEFAULT ''::text NOT NULL,
  image_url text COLLATE "C",
  is_guest smallint DEFAULT 0 NOT NULL,
  is_manager smallint DEFAULT 0 NOT NULL
);

CREATE TABLE widgets (
  community_id bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  message_id bigint NOT NULL,
  metadata text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL
);

ALTER TABLE attachments ADD CONSTRAINT attachments_pkey PRIMARY KEY (community_id, message_id, id);
ALTER TABLE channels ADD CONSTRAINT channels_pkey PRIMARY KEY (community_id, id);
ALTER TABLE clocks ADD CONSTRAINT clocks_pkey PRIMARY KEY (community_id);
ALTER TABLE communities ADD CONSTRAINT communities_pkey PRIMARY KEY (id);
ALTER TABLE memberships ADD CONSTRAINT memberships_pkey PRIMARY KEY (community_id, user_id, channel_id);
ALTER TABLE messages ADD CONSTRAINT messages_pkey PRIMARY KEY (community_id, channel_id, seq);
ALTER TABLE migrations ADD CONSTRAINT migrations_pkey PRIMARY KEY (number);
ALTER TABLE poll_options ADD CONSTRAINT poll_options_pkey PRIMARY KEY (community_id, message_id, id);
ALTER TABLE poll_votes ADD CONSTRAINT poll_votes_pkey PRIMARY KEY (community_id, message_id, user_id, option_id);
ALTER TABLE polls ADD CONSTRAINT polls_pkey PRIMARY KEY (community_id, message_id);
ALTER TABLE reactions ADD CONSTRAINT reactions_pkey PRIMARY KEY (community_id, channel_id, message_id, user_id);
ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY (community_id, id);
ALTER TABLE widgets ADD CONSTRAINT widgets_pkey PRIMARY KEY (community_id, id);
ALTER TABLE clocks ADD CONSTRAINT clocks_last_version_check CHECK (((last_version % (1024)::bigint) = 0));

CREATE UNIQUE INDEX channels_by_name ON channels USING btree (community_id, type, name);
CREATE INDEX channels_deleted ON channels USING btree (community_id, id) WHERE (floor_seq > 0);
CREATE UNIQUE INDEX communities_by_api_key ON communities USING btree (api_key_hash) WHERE (api_key_hash IS NOT NULL);
CREATE INDEX memberships_by_channel ON memberships USING btree (community_id, channel_id, user_id);
CREATE INDEX memberships_ended ON memberships USING btree (version) WHERE (is_member = 0);
CREATE UNIQUE INDEX messages_by_client_msg_no ON messages USING btree (community_id, channel_id, sender_id, client_msg_no);
CREATE UNIQUE INDEX messages_by_id ON messages USING btree (community_id, id);
CREATE INDEX messages_by_update ON messages USING btree (community_id, channel_id, updated_version, seq);
CREATE INDEX messages_uncounted ON messages USING btree (community_id, channel_id, seq) WHERE (is_counted = 0);
CREATE UNIQUE INDEX users_by_uid ON users USING btree (community_id, uid);
CREATE UNIQUE INDEX widgets_by_message ON widgets USING btree (community_id, message_id);

ALTER TABLE attachments ADD CONSTRAINT attachments_community_id_message_id_fkey FOREIGN KEY (community_id, message_id) REFERENCES messages(community_id, id) ON DELETE CASCADE;
ALTER TABLE channels ADD CONSTRAINT channels_community_id_fkey FOREIGN KEY (community_id) REFERENCES communities(id);
ALTER TABLE clocks ADD CONSTRAINT clocks_community_id_fkey FOREIGN KEY (community_id) REFERENCES communities(id);
ALTER TABLE memberships ADD CONSTRAINT memberships_community_id_channel_id_fkey FOREIGN KEY (community_id, channel_id) REFERENCES channels(community_id, id);
ALTER TABLE memberships ADD CONSTRAINT memberships_community_id_user_id_fkey FOREIGN KEY (community_id, user_id) REFERENCES users(community_id, id);
ALTER TABLE messages ADD CONSTRAINT messages_community_id_channel_id_fkey FOREIGN KEY (community_id, channel_id) REFERENCES channels(community_id, id);
ALTER TABLE messages ADD CONSTRAINT messages_community_id_sender_id_fkey FOREIGN KEY (community_id, sender_id) REFERENCES users(community_id, id);
ALTER TABLE poll_options ADD CONSTRAINT poll_options_community_id_message_id_fkey FOREIGN KEY (community_id, message_id) REFERENCES polls(community_id, message_id) ON DELETE CASCADE;
ALTER TABLE poll_votes ADD CONSTRAINT poll_votes_community_id_message_id_option_id_fkey FOREIGN KEY (community_id, message_id, option_id) REFERENCES poll_options(community_id, message_id, id) ON DELETE CASCADE;
ALTER TABLE polls ADD CONSTRAINT polls_community_id_message_id_fkey FOREIGN KEY (community_id, message_id) REFERENCES messages(community_id, id) ON DELETE CASCADE;
ALTER TABLE reactions ADD CONSTRAINT reactions_community_id_channel_id_fkey FOREIGN KEY (community_id, channel_id) REFERENCES channels(community_id, id);
ALTER TABLE users ADD CONSTRAINT users_community_id_fkey FOREIGN KEY (community_id) REFERENCES communities(id);
ALTER TABLE widgets ADD CONSTRAINT widgets_community_id_message_id_fkey FOREIGN KEY (community_id, message_id) REFERENCES messages(community_id, id) ON DELETE CASCADE;
