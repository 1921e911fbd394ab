import { NO_VERSION, type Cursor } from '../../domain/version.js';
import type { Conversation } from '../../ports/store.js';
import { toConversation, type ConversationRow } from './conversation-rows.js';
import { JOIN_SENDER, MESSAGE_COLUMNS, toMessage, type MessageRow } from './rows.js';
import type { Statements } from './statements.js';

interface Wanted {
  readonly communityId: number;
  /** The client has every message up to this version, of the channels that it is in since then. */
  readonly hasUpTo: Cursor;
  /** Messages a conversation, at the most. */
  readonly count: number;
}

/** Which of a conversation's messages to return, and how to tell whether the client lacks older ones. */
interface Stretch {
  readonly fromSeq: number;
  readonly toSeq: number;
  /** The newest message that is left out; 0 if none is. */
  readonly leftOutSeq: number;
  /** Whether the client lacks that one only if it is newer than its cursor. */
  readonly dependsOnCursor: boolean;
}

/**
 * Adds the newest messages to each conversation, by one statement for all of them. A log has no holes, so
 * which messages are wanted is arithmetic on seqs.
 */
export function attachMessages(
  sql: Statements,
  wanted: Wanted,
  rows: readonly ConversationRow[],
): Conversation[] {
  const stretches = rows.map((row) => (row.isListed ? toStretch(row, wanted) : undefined));
  const ranges = rows.flatMap((row, index) => {
    const stretch = stretches[index];
    if (!stretch) return [];
    const fromSeq = stretch.dependsOnCursor ? stretch.leftOutSeq : stretch.fromSeq;
    return fromSeq <= stretch.toSeq ? [[row.id, fromSeq, stretch.toSeq, index]] : [];
  });
  const found = ranges.length > 0 ? readRanges(sql, wanted.communityId, ranges) : new Map<number, never>();
  return rows.map((row, index) => {
    const stretch = stretches[index];
    const conversation = toConversation(row);
    if (!stretch) return { ...conversation, messages: [], limited: false };
    const messageRows = found.get(index) ?? [];
    const leftOut = messageRows.find(({ seq }) => seq < stretch.fromSeq);
    return {
      ...conversation,
      messages: messageRows
        .filter(({ seq }) => seq >= stretch.fromSeq)
        .map((messageRow) => toMessage(conversation.channel, messageRow)),
      limited: leftOut ? leftOut.version > wanted.hasUpTo : stretch.leftOutSeq > 0,
    };
  });
}

function toStretch(row: ConversationRow, { hasUpTo, count }: Wanted): Stretch {
  const { lastSeq, floorSeq, knownSeq, joinedVersion } = row;
  // A seq beyond ours is from another log: of this one the client has nothing.
  const hasUpToSeq = Math.max(floorSeq, knownSeq !== null && knownSeq <= lastSeq ? knownSeq : 0);
  const fromSeq = Math.max(hasUpToSeq + 1, lastSeq - count + 1);
  const leftOutSeq = fromSeq - 1 > hasUpToSeq ? fromSeq - 1 : 0;
  const followsCursor = knownSeq === null && hasUpTo > NO_VERSION && joinedVersion <= hasUpTo;
  return { fromSeq, toSeq: lastSeq, leftOutSeq, dependsOnCursor: leftOutSeq > 0 && followsCursor };
}

/** The messages of each range `[channelId, fromSeq, toSeq, rowIndex]`, newest first, by the last of these. */
function readRanges(
  sql: Statements,
  communityId: number,
  ranges: readonly (readonly number[])[],
): Map<number, MessageRow[]> {
  const rows = sql.all<MessageRow & { rowIndex: number }>(
    `SELECT wanted.value ->> 3 AS rowIndex, ${MESSAGE_COLUMNS}
     FROM json_each(@ranges) AS wanted
     CROSS JOIN messages ON messages.community_id = @communityId AND messages.channel_id = wanted.value ->> 0
       AND messages.seq BETWEEN wanted.value ->> 1 AND wanted.value ->> 2
     ${JOIN_SENDER}
     ORDER BY wanted.key, messages.seq DESC`,
    { communityId, ranges: JSON.stringify(ranges) },
  );
  const byRow = new Map<number, MessageRow[]>();
  for (const row of rows) {
    const present = byRow.get(row.rowIndex);
    if (present) present.push(row);
    else byRow.set(row.rowIndex, [row]);
  }
  return byRow;
}
