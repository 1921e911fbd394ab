import type { Attachment, Poll, PollOption, Reaction, Widget } from '../../domain/room.js';
import { parseObject } from '../sql/parse-object.js';
import type { Reader, RoomMessageRow } from './room-messages.js';
import type { Statements } from './statements.js';

/** What hangs on messages, by their ids: one statement for each kind. */
export interface Belongings {
  readonly attachments: ReadonlyMap<number, Attachment[]>;
  readonly reactions: ReadonlyMap<number, Reaction[]>;
  readonly polls: ReadonlyMap<number, Poll>;
  readonly widgets: ReadonlyMap<number, Widget>;
}

/** @param rows a message may be there twice */
export function findBelongings(sql: Statements, reader: Reader, rows: readonly RoomMessageRow[]): Belongings {
  const byId = new Map(rows.map((row) => [row[0], row]));
  const parameters = { ...reader, ids: JSON.stringify([...byId.keys()]) };
  return {
    attachments: findAttachments(sql, parameters),
    reactions: findReactions(sql, reader, [...byId.values()]),
    polls: findPolls(sql, parameters),
    widgets: findWidgets(sql, parameters),
  };
}

function findAttachments(sql: Statements, parameters: object): Map<number, Attachment[]> {
  const rows = sql.values<[messageId: number, id: number, content: string]>(
    'attachments',
    () => `
      SELECT message_id, id, content FROM attachments
      WHERE community_id = @communityId AND message_id IN (SELECT value FROM json_each(@ids)) ORDER BY id`,
    parameters,
  );
  return groupByMessage(rows, ([, id, content]) => ({ id, content: parseObject(content) }));
}

function findReactions(
  sql: Statements,
  { communityId }: Reader,
  rows: readonly RoomMessageRow[],
): Map<number, Reaction[]> {
  // A reaction changes its message.
  const changed = rows.filter(([, , , , , , , , version, updatedVersion]) => updatedVersion > version);
  const reactions = sql.values<[messageId: number, id: number, userId: number, reaction: string]>(
    'reactions',
    () => `
      SELECT reactions.message_id, reactions.id, reactions.user_id, reactions.reaction
      FROM json_each(@places) AS place
      CROSS JOIN reactions ON reactions.community_id = @communityId
        AND reactions.channel_id = place.value ->> 0 AND reactions.message_id = place.value ->> 1
      ORDER BY reactions.id`,
    { communityId, places: JSON.stringify(changed.map(([id, roomId]) => [roomId, id])) },
  );
  return groupByMessage(reactions, ([, id, userId, reaction]) => ({ id, userId, reaction }));
}

function findWidgets(sql: Statements, parameters: object): Map<number, Widget> {
  const rows = sql.values<[messageId: number, id: string, metadata: string, createdAtMs: number]>(
    'widgets',
    () => `
      SELECT message_id, id, metadata, created_at_ms FROM widgets INDEXED BY widgets_by_message
      WHERE community_id = @communityId AND message_id IN (SELECT value FROM json_each(@ids))`,
    parameters,
  );
  return new Map(
    rows.map(([messageId, id, metadata, createdAtMs]) => {
      return [messageId, { id, metadata: parseObject(metadata), createdAtMs }];
    }),
  );
}

type PollRow = readonly [
  messageId: number,
  pollType: number,
  multipleSelectState: number,
  multipleSelectNo: number,
  isAnonymous: number,
  allowAddOption: number,
  expiresAtMs: number | null,
  voters: number,
];

function findPolls(sql: Statements, parameters: object): Map<number, Poll> {
  const rows = sql.values<PollRow>(
    'polls',
    () => `
      SELECT message_id, poll_type, multiple_select_state, multiple_select_no, is_anonymous, allow_add_option,
        expires_at_ms, (SELECT count(DISTINCT user_id) FROM poll_votes AS v
          WHERE v.community_id = polls.community_id AND v.message_id = polls.message_id)
      FROM polls
      WHERE community_id = @communityId AND message_id IN (SELECT value FROM json_each(@ids))`,
    parameters,
  );
  const options = findPollOptions(sql, parameters);
  return new Map(
    rows.map((row) => {
      const [messageId, pollType, multipleSelectState, multipleSelectNo, ...others] = row;
      const [isAnonymous, allowAddOption, expiresAtMs, voters] = others;
      const poll = {
        pollType,
        multipleSelectState,
        multipleSelectNo,
        isAnonymous: isAnonymous === 1,
        allowAddOption: allowAddOption === 1,
        expiresAtMs: expiresAtMs ?? undefined,
        options: options.get(messageId) ?? [],
        voters,
      };
      return [messageId, poll];
    }),
  );
}

type OptionRow = readonly [
  messageId: number,
  id: number,
  text: string,
  userId: number,
  votes: number,
  isSelected: number,
];

function findPollOptions(sql: Statements, parameters: object): Map<number, PollOption[]> {
  const rows = sql.values<OptionRow>(
    'poll options',
    () => `
      SELECT message_id, id, text, user_id,
        (SELECT count(*) FROM poll_votes AS v WHERE v.community_id = o.community_id
           AND v.message_id = o.message_id AND v.option_id = o.id),
        EXISTS (SELECT 1 FROM poll_votes AS v WHERE v.community_id = o.community_id
           AND v.message_id = o.message_id AND v.user_id = @userId AND v.option_id = o.id)
      FROM poll_options AS o
      WHERE community_id = @communityId AND message_id IN (SELECT value FROM json_each(@ids)) ORDER BY id`,
    parameters,
  );
  return groupByMessage(rows, ([, id, text, userId, votes, isSelected]) => {
    return { id, text, userId, votes, isSelected: isSelected === 1 };
  });
}

function groupByMessage<Row extends readonly [messageId: number, ...unknown[]], Value>(
  rows: readonly Row[],
  toValue: (row: Row) => Value,
): Map<number, Value[]> {
  const groups = new Map<number, Value[]>();
  for (const row of rows) {
    const present = groups.get(row[0]);
    if (present) present.push(toValue(row));
    else groups.set(row[0], [toValue(row)]);
  }
  return groups;
}
