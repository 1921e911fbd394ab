import { limited, passes, STATE, toldOf, type ListShape } from '../sql/list-shape.js';

/** What the statement of a shape goes by. */
export function nameOf(shape: ListShape): string {
  return Object.values(shape).join(',');
}

/** What the texts of conversations depend on. */
type JsonShape = Pick<ListShape, 'hasCursor' | 'namesAny' | 'messages' | 'includeDeleted'>;

const LISTED = 'm.is_member AND (c.last_seq > m.floor_seq OR m.mark > 0)';

/** A live membership moves with its channel, an ended one stands where it ended. */
const VERSION = 'CASE WHEN m.is_member THEN max(c.version, m.version) ELSE m.version END';

/** `channelIdFor` of `domain/channel.ts`: of a person channel, the uid that is not the reader's. */
const CHANNEL_ID = `
  CASE WHEN type <> 1 THEN name
    WHEN substr(name, 1, length(@uid) + 1) = @uid || char(10) THEN substr(name, length(@uid) + 2)
    ELSE substr(name, 1, instr(name, char(10)) - 1) END`;

/** The unread equation of `domain/unread.ts`. What does not count is looked for only where something is unread. */
const UNREAD = `
  mark + CASE WHEN lastSeq <= max(readSeq, floorSeq) THEN 0 ELSE lastSeq - max(readSeq, floorSeq) - (
    SELECT count(*) FROM messages AS x INDEXED BY messages_uncounted
    WHERE x.community_id = @communityId AND x.channel_id = place.id AND x.is_counted = 0
      AND x.seq > max(place.readSeq, place.floorSeq)
  ) END`;

const KNOWN = `known (type, name, seq) AS MATERIALIZED (
  SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS TEXT), value ->> 2 FROM json_each(@known)
)`;

/** The values of a row that stands for a conversation which the client names and the server does not have. */
const UNKNOWN = `
  SELECT 0 AS id, k.type, k.name, 0 AS lastSeq, 0 AS lastMessageAtMs, '' AS lastClientMsgNo, 0 AS readSeq,
    0 AS floorSeq, 0 AS mark, 0 AS joinedVersion, '' AS lastJson, k.seq AS knownSeq, 0 AS isListed, 1 AS isToldOf,
    @after AS version
  FROM known AS k
  WHERE NOT EXISTS (
    SELECT 1 FROM channels AS c
    JOIN memberships AS m
      ON m.community_id = c.community_id AND m.channel_id = c.id AND m.user_id = @userId
    WHERE c.community_id = @communityId AND c.type = k.type AND c.name = k.name
  )`;

/** Values are parameters, lists among them as JSON. */
export function conversationsSql(shape: ListShape): string {
  const { namesAny, onlyUnread, includeDeleted, window } = shape;
  const notExcluded = (type: string): string =>
    shape.excludesAny ? `AND ${type} NOT IN (SELECT value FROM json_each(@excludeTypes))` : '';
  const direction = window === 'limit' ? 'ASC' : 'DESC';
  const order = `ORDER BY version ${direction}, id ${direction}`;
  const isShown = onlyUnread ? `(isToldOf OR ${UNREAD} > 0)` : 'TRUE';
  const unknown = namesAny && includeDeleted ? `UNION ALL ${UNKNOWN} ${notExcluded('k.type')}` : '';

  // Whatever the cursors let through keeps its place in the pages, also when it is not to be shown.
  const places =
    window === 'first page' || window === 'later page'
      ? `(SELECT * FROM candidates WHERE NOT isListed OR ${passes(shape)} ${order} LIMIT -1 OFFSET @skip)`
      : 'candidates';
  const shown = `${places} AS place WHERE (isToldOf OR (isListed AND ${passes(shape)})) AND ${isShown}`;
  // A LIMIT that lets everything through is not free: SQLite then sorts in a temporary table.
  const cut = window === 'all' ? shown : `(SELECT * FROM ${shown} ${order} LIMIT @limit + 0) AS place`;

  return `
    WITH ${namesAny ? `${KNOWN},` : ''}
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
        lastJson, knownSeq, isListed, NOT isListed AND ${toldOf(shape)} AS isToldOf,
        CASE WHEN NOT isListed AND ${toldOf(shape)} THEN max(delistedVersion, @after) ELSE changedVersion END
          AS version
      FROM mine
      ${unknown}
    )
    SELECT ${conversationJson(shape)} FROM ${cut} ${order}`;
}

/** What `toConversationJson` makes of a conversation. */
function conversationJson(shape: JsonShape): string {
  const isSeen = 'lastSeq > floorSeq';
  const json = `concat(
    '{"channel_id":', json_quote(${CHANNEL_ID}), ',"channel_type":', type, ',"unread":', ${UNREAD},
    ',"timestamp":', CASE WHEN ${isSeen} THEN lastMessageAtMs / 1000 ELSE version / 1000000000 END,
    ',"last_msg_seq":', lastSeq,
    ',"last_client_msg_no":', CASE WHEN ${isSeen} THEN json_quote(lastClientMsgNo) ELSE '""' END,
    ',"offset_msg_seq":0,"readed_to_msg_seq":', readSeq, ',"version":', version,
    ',"limited":', CASE WHEN ${limited(shape, hasUpToSeq(shape))} THEN '1' ELSE '0' END, ',"messages":[', ${messages(shape)}, ']}')`;
  return shape.includeDeleted ? `CASE WHEN isListed THEN ${json} ELSE ${DELETED_JSON} END` : json;
}

/** What has left the list has nothing but its name. Its version may be a cursor, which is bound as a double. */
const DELETED_JSON = `concat(
    '{"channel_id":', json_quote(${CHANNEL_ID}), ',"channel_type":', type,
    ',"unread":0,"timestamp":', CAST(version AS INTEGER) / 1000000000,
    ',"last_msg_seq":0,"last_client_msg_no":"","offset_msg_seq":0,"readed_to_msg_seq":0,"version":',
    CAST(version AS INTEGER), ',"limited":0,"is_deleted":1,"messages":[]}')`;

/** The newest seq that the client has, or may not have. One beyond ours is from another log: of this one it has nothing. */
function hasUpToSeq({ namesAny }: Pick<ListShape, 'namesAny'>): string {
  return namesAny ? 'max(floorSeq, CASE WHEN knownSeq <= lastSeq THEN knownSeq ELSE 0 END)' : 'floorSeq';
}

/**
 * The texts of the messages. A log has no holes, so which are wanted is arithmetic on seqs. The newest one is in the
 * head of its channel, if it is not long.
 */
function messages(shape: Pick<ListShape, 'namesAny' | 'messages'>): string {
  const has = hasUpToSeq(shape);
  const ofChannel = 'y.community_id = @communityId AND y.channel_id = place.id';
  if (shape.messages === 'none') return `''`;
  if (shape.messages === 'one') {
    return `CASE WHEN lastSeq <= ${has} THEN '' WHEN lastJson <> '' THEN lastJson ELSE (
      SELECT y.json FROM messages AS y WHERE ${ofChannel} AND y.seq = lastSeq
    ) END`;
  }
  return `(SELECT group_concat(json, ',') FROM (
    SELECT y.json FROM messages AS y
    WHERE ${ofChannel} AND y.seq BETWEEN max(${has}, lastSeq - @count) + 1 AND lastSeq
    ORDER BY y.seq DESC
  ))`;
}

/** Named conversations of one user, each with its place among the names. */
export function findConversationsSql(shape: Pick<ListShape, 'messages'>): string {
  return `
    SELECT ordinal, ${conversationJson({ ...shape, hasCursor: false, namesAny: false, includeDeleted: false })}
    FROM (
      SELECT ${STATE}, NULL AS knownSeq, TRUE AS isListed, ${VERSION} AS version, wanted.key AS ordinal
      FROM json_each(@channels) AS wanted
      CROSS JOIN channels AS c
        ON c.community_id = @communityId AND c.type = wanted.value ->> 0 AND c.name = wanted.value ->> 1
      CROSS JOIN memberships AS m
        ON m.community_id = @communityId AND m.channel_id = c.id AND m.is_member = 1
          AND m.user_id = (SELECT id FROM users WHERE community_id = @communityId AND uid = @uid)
    ) AS place`;
}
