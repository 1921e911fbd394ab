-- A message's text in replies of the WuKongIM dialect, built once when it is written (src/domain/message-json.ts).
-- message_json is that function, known to the connection that migrates.
ALTER TABLE messages ADD COLUMN json TEXT NOT NULL DEFAULT '';

UPDATE messages SET json = (
  SELECT message_json(
    messages.id, channels.type, channels.name, messages.seq, users.uid, messages.client_msg_no, messages.payload,
    messages.red_dot, messages.setting, messages.expire_seconds, messages.created_at_ms
  )
  FROM channels, users
  WHERE channels.community_id = messages.community_id AND channels.id = messages.channel_id
    AND users.community_id = messages.community_id AND users.id = messages.sender_id
);
