import { AppError } from '../../domain/errors.js';
import { type MessageJson, NO_MESSAGES, toMessagesJson } from '../../domain/message-json.js';
import { channelTopic, NEW_USER_TOPIC, type Topic, userTopic } from '../../domain/topic.js';
import type {
  ChannelQuery,
  ListMessages,
  ListSubscribers,
  MessagePage,
  Subscriber,
  UserScope,
} from '../../ports/store.js';
import type { Statements } from './statements.js';

/** A channel as its reader finds it; its floor is null when he is not a member. */
const HEAD = `
  SELECT c.id, c.last_seq AS "lastSeq", m.floor_seq AS "floorSeq"
  FROM channels AS c
  LEFT JOIN memberships AS m ON m.community_id = c.community_id AND m.channel_id = c.id AND m.is_member = 1
    AND m.user_id = (SELECT id FROM users WHERE community_id = @communityId AND uid = @uid)
  WHERE c.community_id = @communityId AND c.type = @type AND c.name = @name`;

interface Head {
  readonly lastSeq: number;
  readonly floorSeq: number | null;
}

interface StretchRow extends Head {
  /** Null in the one row of a stretch without messages. */
  readonly json: MessageJson | null;
}

/** One statement: the channel and the stretch of its log. */
export async function listMessages(sql: Statements, query: ListMessages): Promise<MessagePage> {
  const { communityId, channel, uid, fromSeq, toSeq, limit, keep } = query;
  const direction = keep === 'oldest' ? 'ASC' : 'DESC';
  const rows = await sql.all<StretchRow>(
    `WITH head AS MATERIALIZED (${HEAD})
     SELECT head."lastSeq", head."floorSeq", x.json
     FROM head LEFT JOIN LATERAL (
       SELECT messages.json, messages.seq FROM messages
       WHERE messages.community_id = @communityId AND messages.channel_id = head.id
         AND messages.seq BETWEEN greatest(@fromSeq, coalesce(head."floorSeq", 0) + 1) AND @toSeq
       ORDER BY messages.seq ${direction} LIMIT @limit
     ) AS x ON TRUE
     ORDER BY x.seq ${direction}`,
    { communityId, uid, ...channel, fromSeq, toSeq, limit: limit + 1 },
  );
  requireReader(query, rows[0]);
  const found = rows.map(({ json }) => json).filter((json) => json !== null);
  if (found.length === 0) return { messages: NO_MESSAGES, hasMore: false };
  const kept = found.slice(0, limit);
  return {
    messages: toMessagesJson(keep === 'oldest' ? kept : kept.toReversed()),
    hasMore: found.length > limit,
  };
}

export async function getLastSeq(sql: Statements, query: ChannelQuery): Promise<number> {
  const { communityId, uid, channel } = query;
  const head = await sql.get<Head>(HEAD, { communityId, uid, ...channel });
  requireReader(query, head);
  return head?.lastSeq ?? 0;
}

/** @throws PERMISSION_DENIED when there is such a channel and `uid` may not read it */
function requireReader({ uid }: ChannelQuery, head: Head | undefined): void {
  if (head && uid !== undefined && head.floorSeq === null) {
    throw new AppError('PERMISSION_DENIED', `${uid} is not a member of this channel`);
  }
}

export function listSubscribers(sql: Statements, query: ListSubscribers): Promise<Subscriber[]> {
  const { communityId, channel, afterUserId, limit } = query;
  return sql.all<Subscriber>(
    `SELECT users.id AS "userId", users.uid FROM channels AS c
     JOIN memberships AS m ON m.community_id = c.community_id AND m.channel_id = c.id
     JOIN users ON users.community_id = m.community_id AND users.id = m.user_id
     WHERE c.community_id = @communityId AND c.type = @type AND c.name = @name
       AND m.is_member = 1 AND m.user_id > @afterUserId
     ORDER BY m.user_id LIMIT @limit`,
    { communityId, ...channel, afterUserId, limit },
  );
}

export async function listTopics(sql: Statements, scope: UserScope): Promise<Topic[]> {
  const rows = await sql.all<{ userId: number; channelId: number | null }>(
    `SELECT users.id AS "userId", m.channel_id AS "channelId" FROM users
     LEFT JOIN memberships AS m
       ON m.community_id = users.community_id AND m.user_id = users.id AND m.is_member = 1
     WHERE users.community_id = @communityId AND users.uid = @uid`,
    scope,
  );
  const [first] = rows;
  if (!first) return [NEW_USER_TOPIC];
  const channelIds = rows.map(({ channelId }) => channelId).filter((id) => id !== null);
  return [userTopic(first.userId), ...channelIds.map(channelTopic)];
}
