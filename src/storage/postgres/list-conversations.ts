import { MAX_CHANNEL_TYPE } from '../../domain/channel.js';
import { type ConversationJson, toConversationJson } from '../../domain/conversation-json.js';
import { NO_VERSION, needsReset, type Version } from '../../domain/version.js';
import type { ConversationPage, FindConversations, ListConversations, Window } from '../../ports/store.js';
import { type ConversationRow, toConversation } from './conversation-rows.js';
import {
  type AskedServer,
  conversationsSql,
  findConversationsSql,
  messagesShape,
  shapeOf,
} from './conversations-sql.js';
import type { Statements } from './statements.js';

/** More conversations than anyone has. */
const UNLIMITED = 2 ** 52;

/** Where the community's clock and the reader stand; then a conversation, or nulls where there is none. */
export type ListedRow = readonly [
  last: Version,
  userId: number,
  purged: Version,
  ...conversation: ConversationRow | NoConversation,
];

type NoConversation = readonly [type: null, ...(readonly null[])];

/** A page, and the last version of the community in the snapshot that it was read from. */
export interface Listed {
  readonly page: ConversationPage;
  readonly last: Version;
}

/** One statement, whatever the number of conversations; another one where the client has to start over. */
export async function listConversations(
  sql: Statements,
  query: ListConversations,
  nowMs: number,
): Promise<Listed> {
  const { after: cursor, includeDeleted } = query;
  const rows = await findRows(sql, query, { reset: false });
  const [last = NO_VERSION, , purged = NO_VERSION] = rows[0] ?? [];
  if (!needsReset({ cursor, last, nowMs, includeDeleted, purged })) {
    return { page: toPage(query, rows, { reset: false }), last };
  }
  const whole = { ...query, after: NO_VERSION, known: [] };
  return { page: toPage(whole, await findRows(sql, whole, { reset: true }), { reset: true }), last };
}

interface Start {
  readonly reset: boolean;
}

interface Reading extends Start {
  readonly server?: AskedServer;
}

/** Without a row, the server is not what was asked for. */
export function findRows(
  sql: Statements,
  query: ListConversations,
  { reset, server }: Reading,
): Promise<ListedRow[]> {
  const { communityId, uid, after, known, window } = query;
  return sql.values<ListedRow>(conversationsSql(shapeOf(query), server), {
    communityId,
    uid,
    after,
    // A conversation that changed again between two portions has kept its earlier messages back.
    hasUpTo: window.kind === 'limit' ? NO_VERSION : after,
    count: query.messageCount,
    skip: skipOf(window),
    limit: sizeOf(window, reset) + 1,
    knownTypes: known.map(({ channel }) => channel.type),
    knownNames: known.map(({ channel }) => channel.name),
    knownSeqs: known.map(({ seq }) => seq),
    // There are no others, and those can be any number.
    excludeTypes: query.excludeTypes.filter((type) => type >= 0 && type <= MAX_CHANNEL_TYPE),
  });
}

export function toPage(
  query: ListConversations,
  rows: readonly ListedRow[],
  { reset }: Start,
): ConversationPage {
  const { uid, after, window } = query;
  const size = sizeOf(window, reset);
  const skip = skipOf(window);
  const found = rows.map(toConversationRow).filter((row) => row !== undefined);
  const listed = (found.length > size ? found.slice(0, size) : found).map(toConversation);
  const hasMore = found.length > size;
  const isComplete = !hasMore && skip === 0;
  const reached = window.kind === 'limit' ? (listed.at(-1)?.version ?? after) : after;
  return {
    conversations: listed.map((conversation) => toConversationJson(conversation, uid)),
    completeUpTo: isComplete ? (rows[0]?.[0] ?? NO_VERSION) : reached,
    hasMore,
    // Turning on its pages must not make the client throw away the ones before.
    reset: reset && skip === 0,
  };
}

export function toConversationRow([, , , ...row]: ListedRow): ConversationRow | undefined {
  return row[0] === null ? undefined : row;
}

function skipOf(window: Window): number {
  return window.kind === 'page' ? (window.page - 1) * window.size : 0;
}

/**
 * How many conversations to return at the most. A snapshot that replaces what the client has comes whole:
 * under a limit, its portions would replace each other.
 */
function sizeOf(window: Window, isReset: boolean): number {
  if (window.kind === 'page') return window.size;
  return window.kind === 'limit' && !isReset ? window.limit : UNLIMITED;
}

export async function findConversations(
  sql: Statements,
  query: FindConversations,
): Promise<(ConversationJson | undefined)[]> {
  const { communityId, uid, channels, messageCount: count } = query;
  const rows = await sql.values<FoundRow>(findConversationsSql({ messages: messagesShape(count) }), {
    communityId,
    uid,
    count,
    types: channels.map(({ type }) => type),
    names: channels.map(({ name }) => name),
  });
  const byOrdinal = new Map(
    rows.map(([ordinal, ...row]) => [ordinal, toConversationJson(toConversation(row), uid)]),
  );
  return channels.map((_, index) => byOrdinal.get(index + 1));
}

type FoundRow = readonly [ordinal: number, ...row: ConversationRow];
