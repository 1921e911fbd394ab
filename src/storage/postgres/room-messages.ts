import type { Reader, RoomMessageRow } from '../sql/room-message-rows.js';
import type { Statements } from './statements.js';

const OWN_COLUMNS = `
  messages.id, messages.channel_id, messages.seq, messages.sender_id, messages.client_msg_no, messages.payload,
  messages.state, messages.created_at_ms, messages.version, messages.updated_version, messages.is_edited,
  messages.deleted_by_id, messages.extras`;

const PAYLOAD = 5;

/** Of `messages`, read above the delete floor that is given as SQL: a message below it is no reply's. */
export function messageColumns(floorSeq: string): string {
  return `${OWN_COLUMNS}, CASE WHEN messages.reply_to_id IS NOT NULL THEN (
    SELECT r.id FROM messages AS r
    WHERE r.community_id = messages.community_id AND r.id = messages.reply_to_id
      AND r.channel_id = messages.channel_id AND r.seq > ${floorSeq}
  ) END`;
}

/** Rows of `messageColumns`. Payloads arrive as bytes: not all that are texts here are for PostgreSQL. */
export async function findMessageRows(
  sql: Statements,
  text: string,
  parameters: object,
): Promise<RoomMessageRow[]> {
  const rows = await sql.values<readonly unknown[]>(text, parameters);
  return rows.map((row) => row.with(PAYLOAD, String(row[PAYLOAD])) as unknown as RoomMessageRow);
}

/** A message, if the reader can see it. */
export async function findMessageRow(
  sql: Statements,
  reader: Reader,
  messageId: number,
): Promise<RoomMessageRow | undefined> {
  const [row] = await findMessageRows(
    sql,
    `SELECT ${messageColumns('m.floor_seq')}
     FROM messages
     JOIN memberships AS m
       ON m.community_id = messages.community_id AND m.user_id = @userId
         AND m.channel_id = messages.channel_id AND m.is_member = 1
     WHERE messages.community_id = @communityId AND messages.id = @messageId
       AND messages.seq > m.floor_seq`,
    { ...reader, messageId },
  );
  return row;
}

/** The messages of these ids, which are known to be visible to the reader. Their own replies are not followed. */
export async function findReferencedRows(
  sql: Statements,
  { communityId }: Reader,
  ids: Iterable<number>,
): Promise<RoomMessageRow[]> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return [];
  return findMessageRows(
    sql,
    `SELECT ${OWN_COLUMNS}, CAST(NULL AS BIGINT) FROM messages
     WHERE messages.community_id = @communityId AND messages.id = ANY (CAST(@ids AS BIGINT[]))`,
    { communityId, ids: wanted },
  );
}
