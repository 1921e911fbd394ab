import { NO_VERSION } from '../../domain/version.js';
import type { ListConversations } from '../../ports/store.js';

/**
 * One statement per shape of request, so that each is planned for what it is. There are few shapes and none holds a
 * value of the request.
 *
 * A user's list is his memberships joined to the heads of their channels. Nothing is written per member when
 * a message is sent, so a conversation's version is the later of the two. The cost is one look-up for each
 * channel that the user is in, and does not depend on the number of messages.
 *
 * The statement also says where the community's clock and the user stand, in each row, and in one without a
 * conversation where the list is empty: one statement is one snapshot and one round trip.
 */
interface Shape {
  readonly hasCursor: boolean;
  readonly namesAny: boolean;
  readonly onlyUnread: boolean;
  readonly includeDeleted: boolean;
  readonly excludesAny: boolean;
  /** How many messages come with a conversation: one is looked up, more are gathered. */
  readonly messages: 'none' | 'one' | 'many';
  readonly window: 'all' | 'limit' | 'first page' | 'later page';
}

export function shapeOf(query: ListConversations): Shape {
  const { window, messageCount } = query;
  return {
    hasCursor: query.after > NO_VERSION,
    namesAny: query.known.length > 0,
    onlyUnread: query.onlyUnread,
    includeDeleted: query.includeDeleted,
    excludesAny: query.excludeTypes.length > 0,
    messages: messagesShape(messageCount),
    window: window.kind !== 'page' ? window.kind : window.page > 1 ? 'later page' : 'first page',
  };
}

export function messagesShape(messageCount: number): Shape['messages'] {
  return messageCount === 0 ? 'none' : messageCount === 1 ? 'one' : 'many';
}

/** A replica that was promoted goes on answering, and may have a history of its own by then. */
export type AskedServer = 'any' | 'replica';

const reader = (where: string): string => `reader AS MATERIALIZED (
  SELECT coalesce(clocks.last_version, 0) AS lastVersion, coalesce(users.id, 0) AS userId,
    coalesce(users.purged_version, 0) AS purgedVersion
  FROM (SELECT CAST(@communityId AS BIGINT) AS id ${where}) AS community
  LEFT JOIN clocks ON clocks.community_id = community.id
  LEFT JOIN users ON users.community_id = community.id AND users.uid = @uid
)`;

const LISTED = '(m.is_member = 1 AND (c.last_seq > m.floor_seq OR m.mark > 0))';

/** A live membership moves with its channel, an ended one stands where it ended. */
const VERSION = 'CASE WHEN m.is_member = 1 THEN greatest(c.version, m.version) ELSE m.version END';

const STATE = `
  c.id, c.type, c.name, c.last_seq AS lastSeq, c.last_message_at_ms AS lastMessageAtMs,
  c.last_client_msg_no AS lastClientMsgNo, m.read_seq AS readSeq, m.floor_seq AS floorSeq, m.mark,
  m.joined_version AS joinedVersion, c.last_json AS lastJson`;

/** The unread equation of `domain/unread.ts`. What does not count is looked for only where something is unread. */
const UNREAD = `
  mark + CASE WHEN lastSeq <= greatest(readSeq, floorSeq) THEN 0 ELSE lastSeq - greatest(readSeq, floorSeq) - (
    SELECT count(*) FROM messages AS x
    WHERE x.community_id = @communityId AND x.channel_id = place.id AND x.is_counted = 0
      AND x.seq > greatest(place.readSeq, place.floorSeq)
  ) END`;

const KNOWN = `known (type, name, seq) AS MATERIALIZED (
  SELECT * FROM unnest(CAST(@knownTypes AS BIGINT[]), CAST(@knownNames AS TEXT[]), CAST(@knownSeqs AS BIGINT[]))
)`;

/** The values of a row that stands for a conversation which the client names and the server does not have. */
const UNKNOWN = `
  SELECT 0, k.type, k.name, 0, 0, '', 0, 0, 0, 0, '', k.seq, FALSE, TRUE, CAST(@after AS BIGINT)
  FROM known AS k
  WHERE NOT EXISTS (
    SELECT 1 FROM channels AS c
    JOIN memberships AS m ON m.community_id = c.community_id AND m.channel_id = c.id
    JOIN reader ON reader.userId = m.user_id
    WHERE c.community_id = @communityId AND c.type = k.type AND c.name = k.name
  )`;

/**
 * The values of a ReaderRow, then those of a ConversationRow or nulls; no row from a server that is not what was asked
 * for.
 */
export function conversationsSql(shape: Shape, server: AskedServer = 'any'): string {
  const { namesAny, onlyUnread, includeDeleted, window } = shape;
  const notExcluded = (type: string): string =>
    shape.excludesAny ? `AND ${type} <> ALL (CAST(@excludeTypes AS BIGINT[]))` : '';
  const direction = window === 'limit' ? 'ASC' : 'DESC';
  const order = `ORDER BY version ${direction}, id ${direction}`;
  const isShown = onlyUnread ? `(isToldOf OR ${UNREAD} > 0)` : 'TRUE';
  const unknown = namesAny && includeDeleted ? `UNION ALL ${UNKNOWN} ${notExcluded('k.type')}` : '';

  // Whatever the cursors let through keeps its place in the pages, also when it is not to be shown.
  const places =
    window === 'first page' || window === 'later page'
      ? `(SELECT * FROM candidates WHERE NOT isListed OR ${passes(shape)} ${order} OFFSET @skip)`
      : 'candidates';
  const shown = `SELECT * FROM ${places} AS place
    WHERE (isToldOf OR (isListed AND ${passes(shape)})) AND ${isShown}`;
  const cut = window === 'all' ? shown : `${shown} ${order} LIMIT @limit`;

  return `
    WITH ${reader(server === 'replica' ? 'WHERE pg_is_in_recovery()' : '')},
    ${namesAny ? `${KNOWN},` : ''}
    mine AS (
      SELECT ${STATE}, ${namesAny ? 'k.seq' : 'CAST(NULL AS BIGINT)'} AS knownSeq, ${LISTED} AS isListed,
        ${VERSION} AS changedVersion, m.delisted_version AS delistedVersion
      FROM reader
      JOIN memberships AS m ON m.community_id = @communityId AND m.user_id = reader.userId
      JOIN channels AS c ON c.community_id = m.community_id AND c.id = m.channel_id
      ${namesAny ? 'LEFT JOIN known AS k ON k.type = c.type AND k.name = c.name' : ''}
      WHERE TRUE ${notExcluded('c.type')}
    ),
    candidates (id, type, name, lastSeq, lastMessageAtMs, lastClientMsgNo, readSeq, floorSeq, mark, joinedVersion,
      lastJson, knownSeq, isListed, isToldOf, version) AS (
      SELECT id, type, name, lastSeq, lastMessageAtMs, lastClientMsgNo, readSeq, floorSeq, mark, joinedVersion,
        lastJson, knownSeq, isListed, NOT isListed AND ${toldOf(shape)},
        CASE WHEN NOT isListed AND ${toldOf(shape)} THEN greatest(delistedVersion, @after) ELSE changedVersion END
      FROM mine
      ${unknown}
    )
    SELECT lastVersion, userId, purgedVersion, ${columns(shape)}
    FROM reader LEFT JOIN (${cut}) AS place ON TRUE ${order}`;
}

/** The columns of a ConversationRow. */
function columns(shape: Pick<Shape, 'hasCursor' | 'namesAny' | 'messages'>): string {
  return `type, name, version, CAST(isListed AS INTEGER), ${UNREAD}, lastSeq, readSeq,
    CASE WHEN lastSeq > floorSeq THEN lastMessageAtMs ELSE 0 END,
    CASE WHEN lastSeq > floorSeq THEN lastClientMsgNo ELSE '' END,
    CAST(isListed AND ${limited(shape)} AS INTEGER), CASE WHEN isListed THEN ${messages(shape)} END`;
}

/** The newest seq that the client has, or may not have. One beyond ours is from another log: of this one it has nothing. */
function hasUpToSeq({ namesAny }: Pick<Shape, 'namesAny'>): string {
  return namesAny ? 'greatest(floorSeq, CASE WHEN knownSeq <= lastSeq THEN knownSeq ELSE 0 END)' : 'floorSeq';
}

/** A log has no holes, so which messages are wanted is arithmetic on seqs. */
function messages(shape: Pick<Shape, 'namesAny' | 'messages'>): string {
  const has = hasUpToSeq(shape);
  const ofChannel = 'y.community_id = @communityId AND y.channel_id = place.id';
  if (shape.messages === 'none') return 'NULL';
  if (shape.messages === 'one') {
    return `CASE WHEN lastSeq > ${has} THEN '[' || CASE WHEN lastJson <> '' THEN lastJson ELSE (
      SELECT y.json FROM messages AS y WHERE ${ofChannel} AND y.seq = lastSeq
    ) END || ']' END`;
  }
  return `(SELECT '[' || string_agg(y.json, ',' ORDER BY y.seq DESC) || ']' FROM messages AS y
    WHERE ${ofChannel} AND y.seq BETWEEN greatest(${has}, lastSeq - @count) + 1 AND lastSeq)`;
}

/**
 * Whether there are messages that the client lacks and that did not fit. One that follows its cursor lacks the
 * newest of those that did not fit only if that is newer than the cursor.
 */
function limited(shape: Pick<Shape, 'hasCursor' | 'namesAny'>): string {
  const isLeftOut = `lastSeq - @count > ${hasUpToSeq(shape)}`;
  if (!shape.hasCursor) return isLeftOut;
  return `${isLeftOut} AND (knownSeq IS NOT NULL OR joinedVersion > @hasUpTo OR EXISTS (
    SELECT 1 FROM messages AS y
    WHERE y.community_id = @communityId AND y.channel_id = place.id AND y.seq = lastSeq - @count
      AND y.version > @hasUpTo
  ))`;
}

/** Whether the cursors let a conversation of the list through. */
function passes({ hasCursor, namesAny }: Shape): string {
  const isChanged = 'version > @after';
  // Not only when ours is later: a seq beyond ours is from a log that a restored backup no longer has.
  const hasGap = 'knownSeq IS NOT NULL AND knownSeq <> lastSeq';
  if (hasCursor) return namesAny ? `(${isChanged} OR ${hasGap})` : isChanged;
  return namesAny ? `(knownSeq IS NULL OR ${hasGap})` : 'TRUE';
}

/**
 * Whether the client is told of a conversation that is not on the list. Who turns pages without a cursor is
 * told, too, from the second page on: it may have left after its page was turned.
 */
function toldOf({ includeDeleted, hasCursor, namesAny, window }: Shape): string {
  if (!includeDeleted) return 'FALSE';
  const isNamed = namesAny ? 'knownSeq IS NOT NULL' : 'FALSE';
  const mayHaveIt = hasCursor || window === 'later page';
  return mayHaveIt ? `(${isNamed} OR delistedVersion > @after)` : isNamed;
}

/** Named conversations of one user, each with its place among the names, from 1. */
export function findConversationsSql(shape: Pick<Shape, 'messages'>): string {
  return `
    SELECT ordinal, ${columns({ ...shape, hasCursor: false, namesAny: false })}
    FROM (
      SELECT ${STATE}, CAST(NULL AS BIGINT) AS knownSeq, TRUE AS isListed, ${VERSION} AS version, wanted.ordinal
      FROM unnest(CAST(@types AS BIGINT[]), CAST(@names AS TEXT[])) WITH ORDINALITY AS wanted (type, name, ordinal)
      JOIN channels AS c ON c.community_id = @communityId AND c.type = wanted.type AND c.name = wanted.name
      JOIN memberships AS m
        ON m.community_id = @communityId AND m.channel_id = c.id AND m.is_member = 1
          AND m.user_id = (SELECT id FROM users WHERE community_id = @communityId AND uid = @uid)
    ) AS place`;
}
