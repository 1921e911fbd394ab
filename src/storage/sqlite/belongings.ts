import {
  type AttachmentRow,
  type Belongings,
  changedOf,
  type OptionRow,
  type PollRow,
  type ReactionRow,
  toBelongings,
  type WidgetRow,
} from '../sql/belongings.js';
import type { Reader, RoomMessageRow } from '../sql/room-message-rows.js';
import type { Statements } from './statements.js';

/**
 * What hangs on messages: one statement for each kind.
 *
 * @param rows a message may be there twice
 */
export function findBelongings(sql: Statements, reader: Reader, rows: readonly RoomMessageRow[]): Belongings {
  const byId = new Map(rows.map((row) => [row[0], row]));
  const parameters = { ...reader, ids: JSON.stringify([...byId.keys()]) };
  return toBelongings({
    attachments: findAttachments(sql, parameters),
    reactions: findReactions(sql, reader, [...byId.values()]),
    polls: findPolls(sql, parameters),
    options: findPollOptions(sql, parameters),
    widgets: findWidgets(sql, parameters),
  });
}

function findAttachments(sql: Statements, parameters: object): AttachmentRow[] {
  return sql.values<AttachmentRow>(
    'attachments',
    () => `
      SELECT message_id, id, content FROM attachments
      WHERE community_id = @communityId AND message_id IN (SELECT value FROM json_each(@ids)) ORDER BY id`,
    parameters,
  );
}

function findReactions(
  sql: Statements,
  { communityId }: Reader,
  rows: readonly RoomMessageRow[],
): ReactionRow[] {
  return sql.values<ReactionRow>(
    'reactions',
    () => `
      SELECT reactions.message_id, reactions.id, reactions.user_id, reactions.reaction
      FROM json_each(@places) AS place
      CROSS JOIN reactions ON reactions.community_id = @communityId
        AND reactions.channel_id = place.value ->> 0 AND reactions.message_id = place.value ->> 1
      ORDER BY reactions.id`,
    { communityId, places: JSON.stringify(changedOf(rows).map(([id, roomId]) => [roomId, id])) },
  );
}

function findWidgets(sql: Statements, parameters: object): WidgetRow[] {
  return sql.values<WidgetRow>(
    'widgets',
    () => `
      SELECT message_id, id, metadata, created_at_ms FROM widgets INDEXED BY widgets_by_message
      WHERE community_id = @communityId AND message_id IN (SELECT value FROM json_each(@ids))`,
    parameters,
  );
}

function findPolls(sql: Statements, parameters: object): PollRow[] {
  return sql.values<PollRow>(
    'polls',
    () => `
      SELECT message_id, poll_type, multiple_select_state, multiple_select_no, is_anonymous, allow_add_option,
        expires_at_ms, (SELECT count(DISTINCT user_id) FROM poll_votes AS v
          WHERE v.community_id = polls.community_id AND v.message_id = polls.message_id)
      FROM polls
      WHERE community_id = @communityId AND message_id IN (SELECT value FROM json_each(@ids))`,
    parameters,
  );
}

function findPollOptions(sql: Statements, parameters: object): OptionRow[] {
  return sql.values<OptionRow>(
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
}
