import { type ConversationJson, versionOf } from '../../domain/conversation-json.js';
import { NO_VERSION, needsReset, type Version } from '../../domain/version.js';
import type { ConversationPage, FindConversations, ListConversations, Window } from '../../ports/store.js';
import { messagesShape, shapeOf } from '../sql/list-shape.js';
import { conversationsSql, findConversationsSql, nameOf } from './conversations-sql.js';
import type { Poll, QuietUsers } from './quiet-users.js';
import type { Statements } from './statements.js';
import { listTopics } from './topics.js';

/** More conversations than anyone has. */
const UNLIMITED = 2 ** 52;

interface Reader {
  /** The last version of the community. */
  readonly last: Version;
  /** 0 for one who does not exist. */
  readonly userId: number;
  readonly purged: Version;
}

interface Context {
  readonly sql: Statements;
  readonly quietUsers: QuietUsers;
  readonly nowMs: number;
}

/** The answer to a poll of a user for whom nothing has changed, where that is known without the database. */
export function answerFromMemory(
  quietUsers: QuietUsers,
  query: ListConversations,
): ConversationPage | undefined {
  if (!canBeQuiet(query)) return undefined;
  const last = quietUsers.findLast(query.communityId);
  // A cursor beyond the last version is for the database to judge.
  if (last === undefined || query.after > last || !quietUsers.isQuiet(toPoll(query, last))) return undefined;
  return nothingNew(last);
}

/** The same after a look at where the community stands; undefined when that is not certain either. */
export function answerQuietly(
  { sql, quietUsers, nowMs }: Context,
  query: ListConversations,
): ConversationPage | undefined {
  if (!canBeQuiet(query)) return undefined;
  const reader = findReader(sql, query);
  quietUsers.compare(query.communityId, reader.last);
  const isQuiet = !startsOver(query, reader, nowMs) && quietUsers.isQuiet(toPoll(query, reader.last));
  return isQuiet ? nothingNew(reader.last) : undefined;
}

function nothingNew(last: Version): ConversationPage {
  return { conversations: [], completeUpTo: last, hasMore: false, reset: false };
}

/**
 * Two statements, whatever the number of conversations: where we stand, and the list. When that is empty, a
 * third makes it known for the next time.
 */
export function listConversations(
  { sql, quietUsers, nowMs }: Context,
  query: ListConversations,
): ConversationPage {
  const reader = findReader(sql, query);
  quietUsers.compare(query.communityId, reader.last);
  const reset = startsOver(query, reader, nowMs);
  const page = readPage(sql, query, { reader, reset });
  const saysAll = !query.onlyUnread && query.excludeTypes.length === 0 && reader.userId > 0;
  if (saysAll && page.conversations.length === 0 && !reset && canBeQuiet(query)) {
    quietUsers.remember(toPoll(query, reader.last), listTopics(sql, query));
  }
  return page;
}

function toPoll({ communityId, uid, after, includeDeleted }: ListConversations, last: Version): Poll {
  return { communityId, uid, after, includeDeleted, last };
}

/** Who has no cursor is told everything but what has left the list: for him, nothing is no sign of quiet. */
function canBeQuiet({ after, known, window }: ListConversations): boolean {
  return after > NO_VERSION && known.length === 0 && window.kind !== 'page';
}

function startsOver({ after, includeDeleted }: ListConversations, reader: Reader, nowMs: number): boolean {
  const { last, purged } = reader;
  return needsReset({ cursor: after, last, nowMs, includeDeleted, purged });
}

function readPage(
  sql: Statements,
  query: ListConversations,
  { reader: { last, userId }, reset }: { readonly reader: Reader; readonly reset: boolean },
): ConversationPage {
  const { window, messageCount: count } = query;
  const effective = reset ? { ...query, after: NO_VERSION, known: [] } : query;
  const { after, known } = effective;

  const size = sizeOf(window, reset);
  const skip = window.kind === 'page' ? (window.page - 1) * window.size : 0;
  const shape = shapeOf(effective);
  const found = sql.texts<ConversationJson>(nameOf(shape), () => conversationsSql(shape), {
    communityId: query.communityId,
    uid: query.uid,
    userId,
    after,
    // A conversation that changed again between two portions has kept its earlier messages back.
    hasUpTo: window.kind === 'limit' ? NO_VERSION : after,
    count,
    skip,
    limit: size + 1,
    known: JSON.stringify(known.map(({ channel, seq }) => [channel.type, channel.name, seq])),
    excludeTypes: JSON.stringify(query.excludeTypes),
  });
  const hasMore = found.length > size;
  const conversations = hasMore ? found.slice(0, size) : found;
  const isComplete = !hasMore && skip === 0;
  const reached = window.kind === 'limit' ? lastVersionOf(conversations, after) : after;
  return {
    conversations,
    completeUpTo: isComplete ? last : reached,
    hasMore,
    // Turning on its pages must not make the client throw away the ones before.
    reset: reset && skip === 0,
  };
}

function lastVersionOf(conversations: readonly ConversationJson[], after: Version): Version {
  const last = conversations.at(-1);
  return last === undefined ? after : versionOf(last);
}

/**
 * How many conversations to return at the most. A snapshot that replaces what the client has comes whole:
 * under a limit, its portions would replace each other.
 */
function sizeOf(window: Window, isReset: boolean): number {
  if (window.kind === 'page') return window.size;
  return window.kind === 'limit' && !isReset ? window.limit : UNLIMITED;
}

function findReader(sql: Statements, { communityId, uid }: ListConversations): Reader {
  const reader = sql.get<Reader>(
    `SELECT clocks.last_version AS last, coalesce(users.id, 0) AS userId,
       coalesce(users.purged_version, 0) AS purged
     FROM clocks LEFT JOIN users ON users.community_id = clocks.community_id AND users.uid = @uid
     WHERE clocks.community_id = @communityId`,
    { communityId, uid },
  );
  return reader ?? { last: NO_VERSION, userId: 0, purged: NO_VERSION };
}

export function findConversations(
  sql: Statements,
  query: FindConversations,
): (ConversationJson | undefined)[] {
  const { communityId, uid, channels, messageCount: count } = query;
  const shape = { messages: messagesShape(count) };
  const rows = sql.values<[ordinal: number, json: ConversationJson]>(
    `find, ${shape.messages}`,
    () => findConversationsSql(shape),
    {
      communityId,
      uid,
      count,
      channels: JSON.stringify(channels.map(({ type, name }) => [type, name])),
    },
  );
  const byOrdinal = new Map(rows);
  return channels.map((_, index) => byOrdinal.get(index));
}
