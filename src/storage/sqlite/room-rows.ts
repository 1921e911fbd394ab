/** A direct room belongs to the one of its two users with the lower id; else whoever made it, or the system. */
const CREATOR = `
  CASE WHEN c.type = 1 THEN (
    SELECT min(o.user_id) FROM memberships AS o
    WHERE o.community_id = c.community_id AND o.channel_id = c.id
  ) ELSE coalesce(c.creator_id, (
    SELECT u.id FROM users AS u WHERE u.community_id = c.community_id AND u.uid = '____system'
  )) END`;

const PEER = `
  CASE WHEN c.type = 1 THEN (
    SELECT max(o.user_id) FROM memberships AS o
    WHERE o.community_id = c.community_id AND o.channel_id = c.id
  ) END`;

const VISIBLE = 'x.community_id = c.community_id AND x.channel_id = c.id AND x.seq > m.floor_seq';

/** Of a membership `m` and its channel `c`; the last message is given as SQL. */
export function roomColumns(lastMessageId: string): string {
  return `
    c.id, c.type, c.name, c.room_type, c.title, c.header, c.image_url, c.tag, c.is_secret, ${CREATOR}, ${PEER},
    c.created_at_ms, max(c.version, m.version), m.is_following, m.is_muted, c.last_seq, m.read_seq, m.floor_seq,
    m.mark,
    CASE WHEN c.last_seq <= max(m.read_seq, m.floor_seq) THEN 0 ELSE (
      SELECT count(*) FROM messages AS x INDEXED BY messages_uncounted
      WHERE x.community_id = c.community_id AND x.channel_id = c.id AND x.is_counted = 0
        AND x.seq > max(m.read_seq, m.floor_seq)
    ) END,
    (SELECT x.id FROM messages AS x WHERE ${VISIBLE} AND x.seq = m.read_seq),
    CASE WHEN c.topic_id IS NOT NULL THEN
      (SELECT x.id FROM messages AS x WHERE ${VISIBLE} AND x.id = c.topic_id)
    END,
    ${lastMessageId}`;
}

/** The newest message, in whatever state. */
export const NEWEST_MESSAGE_ID = `(SELECT x.id FROM messages AS x WHERE ${VISIBLE} AND x.seq = c.last_seq)`;
