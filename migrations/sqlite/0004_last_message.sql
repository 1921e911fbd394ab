-- The newest message's text, in the head of its channel, if it is not long (src/domain/message-json.ts).
ALTER TABLE channels ADD COLUMN last_json TEXT NOT NULL DEFAULT '';

UPDATE channels SET last_json = coalesce((
  SELECT json FROM messages
  WHERE messages.community_id = channels.community_id AND messages.channel_id = channels.id
    AND messages.seq = channels.last_seq AND length(messages.json) <= 700
), '');
