import { messageText, type RoomMessage } from '../../domain/room.js';
import type { Version } from '../../domain/version.js';
import { parseObject } from '../sql/parse-object.js';
import type { Belongings } from './belongings.js';
import type { Statements } from './statements.js';

/** Who reads; what he cannot see is not there for him. */
export interface Reader {
  readonly communityId: number;
  readonly userId: number;
}

/** The values of `messageColumns`, by position: a row of values is half the work of a row with names. */
export type RoomMessageRow = readonly [
  id: number,
  roomId: number,
  seq: number,
  authorId: number,
  clientMsgNo: string,
  payload: string,
  state: number,
  createdAtMs: number,
  version: Version,
  updatedVersion: Version,
  isEdited: number,
  deletedById: number | null,
  extras: string | null,
  replyToId: number | null,
];

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

export function toRoomMessage(row: RoomMessageRow, belongings: Belongings): RoomMessage {
  const [id, roomId, seq, authorId, clientMsgNo, payload, state, createdAtMs, version, updatedVersion] = row;
  const [, , , , , , , , , , isEdited, deletedById, extras, replyToId] = row;
  return {
    id,
    roomId,
    seq,
    authorId,
    clientMsgNo,
    text: messageText(payload),
    state,
    createdAtMs,
    version,
    updatedVersion,
    isEdited: isEdited === 1,
    deletedById: deletedById ?? undefined,
    replyToId: replyToId ?? undefined,
    extras: extras === null ? {} : parseObject(extras),
    attachments: belongings.attachments.get(id) ?? [],
    reactions: belongings.reactions.get(id) ?? [],
    poll: belongings.polls.get(id),
    widget: belongings.widgets.get(id),
  };
}
