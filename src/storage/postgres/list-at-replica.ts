import { needsReset, type Version } from '../../domain/version.js';
import type { ListConversations } from '../../ports/store.js';
import { findRows, type Listed, type ListedRow, toConversationRow, toPage } from './list-conversations.js';
import { NO_REPLICA } from './database-identity.js';
import type { Statements } from './statements.js';

/** The first page may have shown a newer state: in an older one, others have its places and would be passed over. */
export function isLaterPage({ window }: ListConversations): boolean {
  return window.kind === 'page' && window.page > 1;
}

/**
 * The conversations as a replica has them; undefined where only the primary can tell.
 *
 * Commits are replayed in their order, so what a replica shows is a state that the primary had, and a page says up to
 * which version it is complete. That is a right answer to a client that has nothing newer. What looks there like a cursor
 * from elsewhere may be one of the primary's, so a replica tells nobody to start over.
 *
 * @throws when it is no replica any more
 */
export async function listAtReplica(
  sql: Statements,
  query: ListConversations,
  atLeast: Version,
): Promise<Listed | undefined> {
  const rows = await findRows(sql, query, { reset: false, server: 'replica' });
  if (rows.length === 0) throw new Error(NO_REPLICA);
  const [last, , purged] = rows[0] ?? [];
  const { after: cursor, includeDeleted } = query;
  if (last === undefined || purged === undefined || last < atLeast) return undefined;
  // Any cursor above the last version here is from this replica's future, whatever the time of day.
  if (needsReset({ cursor, last, nowMs: 0, includeDeleted, purged })) return undefined;
  if (contradicts(query, rows)) return undefined;
  return { page: toPage(query, rows, { reset: false }), last };
}

/**
 * Whether the rows say that the client names a message or a conversation that does not exist. It may be newer than the
 * replica. Of named conversations that are not among the rows, nothing is said.
 */
function contradicts({ known }: ListConversations, rows: readonly ListedRow[]): boolean {
  if (known.length === 0) return false;
  const seqs = new Map(known.map(({ channel, seq }) => [`${channel.type}:${channel.name}`, seq]));
  return rows.map(toConversationRow).some((row) => {
    if (row === undefined) return false;
    const [type, name, , isListed, , lastSeq] = row;
    const seq = seqs.get(`${type}:${name}`);
    return seq !== undefined && (isListed === 0 || seq > lastSeq);
  });
}
