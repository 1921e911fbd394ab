import type { Window } from '../../ports/store.js';

/**
 * One statement per shape of request, so that SQLite plans each for what it is. There are few shapes and
 * none holds a value of the request: values are parameters, lists among them as JSON.
 *
 * A user's list is his memberships joined to the heads of their channels. Nothing is written per member when
 * a message is sent, so a conversation's version is the later of the two. The cost is one look-up for each
 * channel that the user is in, and does not depend on the number of messages.
 */
interface Shape {
  readonly hasCursor: boolean;
  readonly namesAny: boolean;
  readonly onlyUnread: boolean;
  readonly includeDeleted: boolean;
  readonly excludeTypes: readonly number[];
  readonly window: Window;
}

const LISTED = 'm.is_member AND (c.last_seq > m.floor_seq OR m.mark > 0)';

/** A live membership moves with its channel, an ended one stands where it ended. */
const VERSION = 'CASE WHEN m.is_member THEN max(c.version, m.version) ELSE m.version END';

const STATE = `
  c.id, c.type, c.name, c.last_seq AS lastSeq, c.last_message_at_ms AS lastMessageAtMs,
  c.last_client_msg_no AS lastClientMsgNo, m.read_seq AS readSeq, m.floor_seq AS floorSeq, m.mark,
  m.joined_version AS joinedVersion`;

/** The messages above both bounds that do not count; looked for only where there is something unread. */
const UNCOUNTED = `
  CASE WHEN lastSeq <= max(readSeq, floorSeq) THEN 0 ELSE (
    SELECT count(*) FROM messages AS x INDEXED BY messages_uncounted
    WHERE x.community_id = @communityId AND x.channel_id = place.id AND x.is_counted = 0
      AND x.seq > max(place.readSeq, place.floorSeq)
  ) END`;

const IS_UNREAD = `mark + max(0, lastSeq - max(readSeq, floorSeq)) - (${UNCOUNTED}) > 0`;

/** The values of a row that stands for a conversation which the client names and the server does not have. */
const UNKNOWN = `
  SELECT 0 AS id, k.type, k.name, 0 AS lastSeq, 0 AS lastMessageAtMs, '' AS lastClientMsgNo, 0 AS readSeq,
    0 AS floorSeq, 0 AS mark, 0 AS joinedVersion, k.seq AS knownSeq, 0 AS isListed, 1 AS isToldOf,
    @after AS version
  FROM known AS k
  WHERE NOT EXISTS (
    SELECT 1 FROM channels AS c
    JOIN memberships AS m
      ON m.community_id = c.community_id AND m.channel_id = c.id AND m.user_id = @userId
    WHERE c.community_id = @communityId AND c.type = k.type AND c.name = k.name
  )`;

export function conversationsSql(shape: Shape): string {
  const { namesAny, onlyUnread, includeDeleted, window } = shape;
  const notExcluded = (type: string): string =>
    shape.excludeTypes.length > 0 ? `AND ${type} NOT IN (SELECT value FROM json_each(@excludeTypes))` : '';
  const direction = window.kind === 'limit' ? 'ASC' : 'DESC';
  const order = `ORDER BY version ${direction}, id ${direction}`;
  // A LIMIT that lets everything through is not free: SQLite then sorts in a temporary table.
  const limit = window.kind === 'all' ? '' : 'LIMIT @limit';
  const isShown = onlyUnread ? `(isToldOf OR ${IS_UNREAD})` : 'TRUE';
  const unknown = namesAny && includeDeleted ? `UNION ALL ${UNKNOWN} ${notExcluded('k.type')}` : '';

  // Whatever the cursors let through keeps its place in the pages, also when it is not to be shown.
  const places =
    window.kind === 'page'
      ? `SELECT * FROM candidates WHERE NOT isListed OR ${passes(shape)} ${order} LIMIT -1 OFFSET @skip`
      : 'SELECT * FROM candidates';

  return `
    WITH known (type, name, seq) AS MATERIALIZED (
      SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS TEXT), value ->> 2 FROM json_each(@known)
    ),
    mine AS (
      SELECT ${STATE}, ${namesAny ? 'k.seq' : 'NULL'} AS knownSeq, ${LISTED} AS isListed,
        ${VERSION} AS changedVersion, m.delisted_version AS delistedVersion
      FROM memberships AS m
      CROSS JOIN channels AS c ON c.community_id = m.community_id AND c.id = m.channel_id
      ${namesAny ? 'LEFT JOIN known AS k ON k.type = c.type AND k.name = c.name' : ''}
      WHERE m.community_id = @communityId AND m.user_id = @userId ${notExcluded('c.type')}
    ),
    candidates AS (
      SELECT id, type, name, lastSeq, lastMessageAtMs, lastClientMsgNo, readSeq, floorSeq, mark, joinedVersion,
        knownSeq, isListed, NOT isListed AND ${toldOf(shape)} AS isToldOf,
        CASE WHEN NOT isListed AND ${toldOf(shape)} THEN max(delistedVersion, @after) ELSE changedVersion END
          AS version
      FROM mine
      ${unknown}
    )
    SELECT *, ${UNCOUNTED} AS uncounted FROM (${places}) AS place
    WHERE (isToldOf OR (isListed AND ${passes(shape)})) AND ${isShown}
    ${order} ${limit}`;
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
  const mayHaveIt = hasCursor || (window.kind === 'page' && window.page > 1);
  return mayHaveIt ? `(${isNamed} OR delistedVersion > @after)` : isNamed;
}

export const FIND_CONVERSATIONS_SQL = `
  SELECT ${STATE}, NULL AS knownSeq, TRUE AS isListed, ${VERSION} AS version, wanted.key AS ordinal,
    (SELECT count(*) FROM messages AS x INDEXED BY messages_uncounted
     WHERE x.community_id = c.community_id AND x.channel_id = c.id AND x.is_counted = 0
       AND x.seq > max(m.read_seq, m.floor_seq)) AS uncounted
  FROM json_each(@channels) AS wanted
  CROSS JOIN channels AS c
    ON c.community_id = @communityId AND c.type = wanted.value ->> 0 AND c.name = wanted.value ->> 1
  CROSS JOIN memberships AS m
    ON m.community_id = @communityId AND m.channel_id = c.id AND m.is_member = 1
      AND m.user_id = (SELECT id FROM users WHERE community_id = @communityId AND uid = @uid)`;
