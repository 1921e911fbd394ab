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

const OF_THESE = 'community_id = @communityId AND message_id = ANY (CAST(@ids AS BIGINT[]))';

/**
 * What hangs on messages: one statement for each kind, all of which go out together.
 *
 * @param rows a message may be there twice
 */
export async function findBelongings(
  sql: Statements,
  reader: Reader,
  rows: readonly RoomMessageRow[],
): Promise<Belongings> {
  const byId = new Map(rows.map((row) => [row[0], row]));
  if (byId.size === 0)
    return toBelongings({ attachments: [], reactions: [], polls: [], options: [], widgets: [] });
  const parameters = { ...reader, ids: [...byId.keys()] };
  const [attachments, reactions, polls, options, widgets] = await Promise.all([
    sql.values<AttachmentRow>(
      `SELECT message_id, id, content FROM attachments WHERE ${OF_THESE} ORDER BY id`,
      parameters,
    ),
    findReactions(sql, reader, [...byId.values()]),
    findPolls(sql, parameters),
    findPollOptions(sql, parameters),
    sql.values<WidgetRow>(
      `SELECT message_id, id, metadata, created_at_ms FROM widgets WHERE ${OF_THESE}`,
      parameters,
    ),
  ]);
  return toBelongings({ attachments, reactions, polls, options, widgets });
}

function findReactions(
  sql: Statements,
  { communityId }: Reader,
  rows: readonly RoomMessageRow[],
): Promise<ReactionRow[]> {
  const changed = changedOf(rows);
  return sql.values<ReactionRow>(
    `SELECT reactions.message_id, reactions.id, reactions.user_id, reactions.reaction
     FROM unnest(CAST(@roomIds AS BIGINT[]), CAST(@ids AS BIGINT[])) AS place (room_id, id)
     JOIN reactions ON reactions.community_id = @communityId
       AND reactions.channel_id = place.room_id AND reactions.message_id = place.id
     ORDER BY reactions.id`,
    { communityId, roomIds: changed.map(([, roomId]) => roomId), ids: changed.map(([id]) => id) },
  );
}

function findPolls(sql: Statements, parameters: object): Promise<PollRow[]> {
  return sql.values<PollRow>(
    `SELECT message_id, poll_type, multiple_select_state, multiple_select_no, is_anonymous, allow_add_option,
       expires_at_ms, (SELECT count(DISTINCT user_id) FROM poll_votes AS v
         WHERE v.community_id = polls.community_id AND v.message_id = polls.message_id)
     FROM polls WHERE ${OF_THESE}`,
    parameters,
  );
}

function findPollOptions(sql: Statements, parameters: object): Promise<OptionRow[]> {
  return sql.values<OptionRow>(
    `SELECT message_id, id, text, user_id,
       (SELECT count(*) FROM poll_votes AS v WHERE v.community_id = o.community_id
          AND v.message_id = o.message_id AND v.option_id = o.id),
       CAST(EXISTS (SELECT 1 FROM poll_votes AS v WHERE v.community_id = o.community_id
          AND v.message_id = o.message_id AND v.user_id = @userId AND v.option_id = o.id) AS INTEGER)
     FROM poll_options AS o WHERE ${OF_THESE} ORDER BY id`,
    parameters,
  );
}
