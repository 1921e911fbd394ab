import { NO_VERSION, needsReset, type Version } from '../../domain/version.js';
import type {
  Conversation,
  ConversationPage,
  FindConversations,
  ListConversations,
} from '../../ports/store.js';
import { attachMessages } from './conversation-messages.js';
import type { ConversationRow } from './conversation-rows.js';
import { conversationsSql, FIND_CONVERSATIONS_SQL } from './conversations-sql.js';
import type { Statements } from './statements.js';

interface Reader {
  readonly lastVersion: Version;
  readonly userId: number | null;
  readonly purgedVersion: Version | null;
}

/** Three statements, whatever the number of conversations: where we stand, the list, the messages. */
export function listConversations(
  sql: Statements,
  nowMs: number,
  query: ListConversations,
): ConversationPage {
  const { communityId, uid, window, includeDeleted } = query;
  const reader = sql.get<Reader>(
    `SELECT clocks.last_version AS lastVersion, users.id AS userId, users.purged_version AS purgedVersion
     FROM clocks LEFT JOIN users ON users.community_id = clocks.community_id AND users.uid = @uid
     WHERE clocks.community_id = @communityId`,
    { communityId, uid },
  ) ?? { lastVersion: NO_VERSION, userId: null, purgedVersion: null };
  const last = reader.lastVersion;
  const purged = reader.purgedVersion ?? NO_VERSION;
  const reset = needsReset({ cursor: query.after, last, nowMs, includeDeleted, purged });
  const { after, known } = reset ? { after: NO_VERSION, known: [] } : query;

  const size = window.kind === 'page' ? window.size : window.kind === 'limit' ? window.limit : undefined;
  const skip = window.kind === 'page' ? (window.page - 1) * window.size : 0;
  const rows = sql.all<ConversationRow>(
    conversationsSql({ ...query, hasCursor: after > NO_VERSION, namesAny: known.length > 0 }),
    {
      ...{ communityId, userId: reader.userId ?? 0, after, skip },
      known: JSON.stringify(known.map(({ channel, seq }) => [channel.type, channel.name, seq])),
      excludeTypes: JSON.stringify(query.excludeTypes),
      // One more than asked for tells whether there is more; -1 is no limit.
      limit: size === undefined ? -1 : size + 1,
    },
  );
  const shown = rows.slice(0, size);
  const hasMore = rows.length > shown.length;
  const isComplete = !hasMore && skip === 0;
  const reached = window.kind === 'limit' ? (shown.at(-1)?.version ?? after) : after;
  return {
    conversations: attachMessages(sql, { communityId, after, count: query.messageCount }, shown),
    completeUpTo: isComplete ? last : reached,
    hasMore,
    reset,
  };
}

export function findConversations(sql: Statements, query: FindConversations): (Conversation | undefined)[] {
  const { communityId, uid, channels, messageCount } = query;
  const rows = sql.all<ConversationRow>(FIND_CONVERSATIONS_SQL, {
    ...{ communityId, uid },
    channels: JSON.stringify(channels.map(({ type, name }) => [type, name])),
  });
  const found = attachMessages(sql, { communityId, after: NO_VERSION, count: messageCount }, rows);
  const byOrdinal = new Map(rows.map((row, index) => [row.ordinal, found[index]]));
  return channels.map((_, index) => byOrdinal.get(index));
}
