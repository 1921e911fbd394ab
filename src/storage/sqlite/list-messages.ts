import { AppError } from '../../domain/errors.js';
import { type MessageJson, NO_MESSAGES, toMessagesJson } from '../../domain/message-json.js';
import type {
  ChannelQuery,
  ListMessages,
  ListSubscribers,
  MessagePage,
  Subscriber,
} from '../../ports/store.js';
import type { Statements } from './statements.js';

interface Head {
  readonly id: number;
  readonly lastSeq: number;
  /** Of the reader; null when he is not a member. */
  readonly floorSeq: number | null;
}

export function listMessages(sql: Statements, query: ListMessages): MessagePage {
  const { communityId, limit, keep } = query;
  const head = findHead(sql, query);
  if (!head) return { messages: NO_MESSAGES, hasMore: false };
  const rows = sql.all<{ json: MessageJson }>(
    `SELECT json FROM messages
     WHERE messages.community_id = @communityId AND messages.channel_id = @channelId
       AND messages.seq BETWEEN @fromSeq AND @toSeq
     ORDER BY messages.seq ${keep === 'oldest' ? 'ASC' : 'DESC'} LIMIT @limit + 0`,
    {
      communityId,
      channelId: head.id,
      toSeq: query.toSeq,
      fromSeq: Math.max(query.fromSeq, (head.floorSeq ?? 0) + 1),
      limit: limit + 1,
    },
  );
  const found = rows.slice(0, limit).map(({ json }) => json);
  const messages = toMessagesJson(keep === 'oldest' ? found : found.toReversed());
  return { messages, hasMore: rows.length > limit };
}

export function getLastSeq(sql: Statements, query: ChannelQuery): number {
  return findHead(sql, query)?.lastSeq ?? 0;
}

/** The channel, if there is one; throws when there is and `uid` may not read it. */
function findHead(sql: Statements, { communityId, channel, uid }: ChannelQuery): Head | undefined {
  const head = sql.get<Head>(
    `SELECT c.id, c.last_seq AS lastSeq, m.floor_seq AS floorSeq
     FROM channels AS c
     LEFT JOIN memberships AS m ON m.community_id = c.community_id AND m.channel_id = c.id AND m.is_member = 1
       AND m.user_id = (SELECT id FROM users WHERE community_id = @communityId AND uid = @uid)
     WHERE c.community_id = @communityId AND c.type = @type AND c.name = @name`,
    { communityId, uid: uid ?? null, ...channel },
  );
  if (head && uid !== undefined && head.floorSeq === null) {
    throw new AppError('PERMISSION_DENIED', `${uid} is not a member of this channel`);
  }
  return head;
}

export function listSubscribers(sql: Statements, query: ListSubscribers): Subscriber[] {
  const { communityId, channel, afterUserId, limit } = query;
  return sql.all<Subscriber>(
    `SELECT users.id AS userId, users.uid FROM channels AS c
     CROSS JOIN memberships AS m INDEXED BY memberships_by_channel
       ON m.community_id = c.community_id AND m.channel_id = c.id
     CROSS JOIN users ON users.community_id = m.community_id AND users.id = m.user_id
     WHERE c.community_id = @communityId AND c.type = @type AND c.name = @name
       AND m.is_member = 1 AND m.user_id > @afterUserId
     ORDER BY m.user_id LIMIT @limit + 0`,
    { communityId, ...channel, afterUserId, limit },
  );
}
