import type { Attachment, Poll, PollOption, Reaction, RoomMessage, User, Widget } from '../../domain/room.js';
import type { Version } from '../../domain/version.js';
import { toUser, USER_COLUMNS, type UserRow } from './profiles.js';
import { MESSAGE_COLUMNS, toMessage, type MessageRow } from './rows.js';
import type { Statements } from './statements.js';

/** Who reads; what he cannot see is not there for him. */
export interface Reader {
  readonly communityId: number;
  readonly userId: number;
}

export interface RoomMessageRow extends MessageRow {
  readonly roomId: number;
  readonly type: number;
  readonly name: string;
  readonly authorId: number;
  readonly state: number;
  readonly updatedVersion: Version;
  readonly isEdited: number;
  readonly deletedById: number | null;
  /** Null also when the reader cannot see that message. */
  readonly replyToId: number | null;
  readonly extras: string | null;
}

/** From `messages`, with the author, the channel, and the reader's membership `m`. */
export const ROOM_MESSAGE_COLUMNS = `
  ${MESSAGE_COLUMNS}, messages.channel_id AS roomId, c.type, c.name, messages.sender_id AS authorId,
  messages.state, messages.updated_version AS updatedVersion, messages.is_edited AS isEdited,
  messages.deleted_by_id AS deletedById, messages.extras,
  (SELECT r.id FROM messages AS r
   WHERE r.community_id = messages.community_id AND r.id = messages.reply_to_id
     AND r.channel_id = messages.channel_id AND r.seq > m.floor_seq) AS replyToId`;

export const JOIN_ROOM_MESSAGE = `
  CROSS JOIN channels AS c ON c.community_id = messages.community_id AND c.id = messages.channel_id
  CROSS JOIN memberships AS m
    ON m.community_id = messages.community_id AND m.user_id = @userId AND m.channel_id = messages.channel_id
      AND m.is_member = 1
  CROSS JOIN users ON users.community_id = messages.community_id AND users.id = messages.sender_id`;

/** The messages of these ids that the reader can see, in no particular order. */
export function findMessageRows(sql: Statements, reader: Reader, ids: readonly number[]): RoomMessageRow[] {
  if (ids.length === 0) return [];
  return sql.all<RoomMessageRow>(
    `SELECT ${ROOM_MESSAGE_COLUMNS}
     FROM json_each(@ids) AS wanted
     CROSS JOIN messages ON messages.community_id = @communityId AND messages.id = wanted.value
     ${JOIN_ROOM_MESSAGE}
     WHERE messages.seq > m.floor_seq`,
    { ...reader, ids: JSON.stringify([...new Set(ids)]) },
  );
}

/** What hangs on messages, by their ids: one statement for each kind. */
export interface Belongings {
  readonly attachments: ReadonlyMap<number, Attachment[]>;
  readonly reactions: ReadonlyMap<number, Reaction[]>;
  readonly polls: ReadonlyMap<number, Poll>;
  readonly widgets: ReadonlyMap<number, Widget>;
}

export function findBelongings(sql: Statements, reader: Reader, rows: readonly RoomMessageRow[]): Belongings {
  const parameters = { ...reader, ids: JSON.stringify(rows.map(({ id }) => id)) };
  const attachments = sql.all<{ messageId: number; id: number; content: string }>(
    `SELECT message_id AS messageId, id, content FROM attachments
     WHERE community_id = @communityId AND message_id IN (SELECT value FROM json_each(@ids)) ORDER BY id`,
    parameters,
  );
  const reactions = sql.all<Reaction & { messageId: number }>(
    `SELECT reactions.message_id AS messageId, reactions.id, reactions.user_id AS userId, reactions.reaction
     FROM json_each(@places) AS place
     CROSS JOIN reactions ON reactions.community_id = @communityId
       AND reactions.channel_id = place.value ->> 0 AND reactions.message_id = place.value ->> 1
     ORDER BY reactions.id`,
    { ...reader, places: JSON.stringify(rows.map(({ roomId, id }) => [roomId, id])) },
  );
  const widgets = sql.all<{ messageId: number; id: string; metadata: string; createdAtMs: number }>(
    `SELECT message_id AS messageId, id, metadata, created_at_ms AS createdAtMs
     FROM widgets INDEXED BY widgets_by_message
     WHERE community_id = @communityId AND message_id IN (SELECT value FROM json_each(@ids))`,
    parameters,
  );
  return {
    attachments: groupByMessage(attachments, ({ id, content }) => ({ id, content: parseObject(content) })),
    reactions: groupByMessage(reactions, ({ id, userId, reaction }) => ({ id, userId, reaction })),
    polls: findPolls(sql, parameters),
    widgets: new Map(
      widgets.map(({ messageId, id, metadata, createdAtMs }) => {
        return [messageId, { id, metadata: parseObject(metadata), createdAtMs }];
      }),
    ),
  };
}

interface PollRow {
  readonly messageId: number;
  readonly pollType: number;
  readonly multipleSelectState: number;
  readonly multipleSelectNo: number;
  readonly isAnonymous: number;
  readonly allowAddOption: number;
  readonly expiresAtMs: number | null;
  readonly voters: number;
}

function findPolls(sql: Statements, parameters: object): Map<number, Poll> {
  const polls = sql.all<PollRow>(
    `SELECT message_id AS messageId, poll_type AS pollType, multiple_select_state AS multipleSelectState,
       multiple_select_no AS multipleSelectNo, is_anonymous AS isAnonymous,
       allow_add_option AS allowAddOption, expires_at_ms AS expiresAtMs,
       (SELECT count(DISTINCT user_id) FROM poll_votes AS v
        WHERE v.community_id = polls.community_id AND v.message_id = polls.message_id) AS voters
     FROM polls
     WHERE community_id = @communityId AND message_id IN (SELECT value FROM json_each(@ids))`,
    parameters,
  );
  const options = sql.all<Omit<PollOption, 'isSelected'> & { messageId: number; isSelected: number }>(
    `SELECT message_id AS messageId, id, text, user_id AS userId,
       (SELECT count(*) FROM poll_votes AS v WHERE v.community_id = o.community_id
          AND v.message_id = o.message_id AND v.option_id = o.id) AS votes,
       EXISTS (SELECT 1 FROM poll_votes AS v WHERE v.community_id = o.community_id
          AND v.message_id = o.message_id AND v.user_id = @userId AND v.option_id = o.id) AS isSelected
     FROM poll_options AS o
     WHERE community_id = @communityId AND message_id IN (SELECT value FROM json_each(@ids)) ORDER BY id`,
    parameters,
  );
  const byMessage = groupByMessage(options, ({ id, text, userId, votes, isSelected }): PollOption => {
    return { id, text, userId, votes, isSelected: isSelected === 1 };
  });
  return new Map(
    polls.map(({ messageId, isAnonymous, allowAddOption, expiresAtMs, ...poll }) => {
      const flags = { isAnonymous: isAnonymous === 1, allowAddOption: allowAddOption === 1 };
      const itsOptions = byMessage.get(messageId) ?? [];
      return [messageId, { ...poll, ...flags, expiresAtMs: expiresAtMs ?? undefined, options: itsOptions }];
    }),
  );
}

export function toRoomMessage(row: RoomMessageRow, belongings: Belongings): RoomMessage {
  const { id, roomId, authorId, state, version, updatedVersion, type, name } = row;
  return {
    ...toMessage({ type, name }, row),
    roomId,
    authorId,
    state,
    version,
    updatedVersion,
    isEdited: row.isEdited === 1,
    deletedById: row.deletedById ?? undefined,
    replyToId: row.replyToId ?? undefined,
    extras: row.extras === null ? {} : parseObject(row.extras),
    attachments: belongings.attachments.get(id) ?? [],
    reactions: belongings.reactions.get(id) ?? [],
    poll: belongings.polls.get(id),
    widget: belongings.widgets.get(id),
  };
}

/** Everyone whom messages and rooms mention. */
export function findUsers(
  sql: Statements,
  { communityId }: Reader,
  ids: Iterable<number | undefined>,
): User[] {
  const wanted = [...new Set(ids)].filter((id) => id !== undefined);
  return sql
    .all<UserRow>(
      `SELECT ${USER_COLUMNS} FROM users
       WHERE community_id = @communityId AND id IN (SELECT value FROM json_each(@ids)) ORDER BY id`,
      { communityId, ids: JSON.stringify(wanted) },
    )
    .map(toUser);
}

export function userIdsOf(messages: readonly RoomMessage[]): (number | undefined)[] {
  return messages.flatMap(({ authorId, deletedById, reactions, poll }) => [
    authorId,
    deletedById,
    ...reactions.map(({ userId }) => userId),
    ...(poll?.options ?? []).map(({ userId }) => userId),
  ]);
}

function groupByMessage<Row extends { readonly messageId: number }, Value>(
  rows: readonly Row[],
  toValue: (row: Row) => Value,
): Map<number, Value[]> {
  const groups = new Map<number, Value[]>();
  for (const row of rows) {
    const present = groups.get(row.messageId);
    if (present) present.push(toValue(row));
    else groups.set(row.messageId, [toValue(row)]);
  }
  return groups;
}

export function parseObject(json: string): Record<string, unknown> {
  return JSON.parse(json) as Record<string, unknown>;
}
