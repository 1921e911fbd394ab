import type { Reader, RoomMessageRow } from '../sql/room-message-rows.js';
import type { Statements } from './statements.js';

/** Of `messages`, read above the delete floor that is given as SQL: a message below it is no reply's. */
export function messageColumns(floorSeq: string): string {
  const replyToId = `CASE WHEN messages.reply_to_id IS NOT NULL THEN (
    SELECT r.id FROM messages AS r
    WHERE r.community_id = messages.community_id AND r.id = messages.reply_to_id
      AND r.channel_id = messages.channel_id AND r.seq > ${floorSeq}
  ) END`;
  return `${OWN_COLUMNS}, ${replyToId}`;
}

const OWN_COLUMNS = `
  messages.id, messages.channel_id, messages.seq, messages.sender_id, messages.client_msg_no,
  CAST(messages.payload AS TEXT), messages.state, messages.created_at_ms, messages.version,
  messages.updated_version, messages.is_edited, messages.deleted_by_id, messages.extras`;

/** A message, if the reader can see it. */
export function findMessageRow(
  sql: Statements,
  reader: Reader,
  messageId: number,
): RoomMessageRow | undefined {
  const [row] = sql.values<RoomMessageRow>(
    'room message',
    () => `
      SELECT ${messageColumns('m.floor_seq')}
      FROM messages
      CROSS JOIN memberships AS m
        ON m.community_id = messages.community_id AND m.user_id = @userId
          AND m.channel_id = messages.channel_id AND m.is_member = 1
      WHERE messages.community_id = @communityId AND messages.id = @messageId
        AND messages.seq > m.floor_seq`,
    { ...reader, messageId },
  );
  return row;
}

/** The messages of these ids, which are known to be visible to the reader. Their own replies are not followed. */
export function findReferencedRows(
  sql: Statements,
  { communityId }: Reader,
  ids: Iterable<number>,
): RoomMessageRow[] {
  return sql.values<RoomMessageRow>(
    'referenced messages',
    () => `
      SELECT ${OWN_COLUMNS}, NULL
      FROM json_each(@ids) AS wanted
      CROSS JOIN messages ON messages.community_id = @communityId AND messages.id = wanted.value`,
    { communityId, ids: JSON.stringify([...new Set(ids)]) },
  );
}
