import type { Database } from 'better-sqlite3';
import type { FastifyInstance } from 'fastify';
import { channelIdFor } from '../../src/domain/channel.js';
import { createApp } from './create-app.js';
import { SyncBody } from './request-bodies.js';

/**
 * What one writes first: the user's memberships, then one query for each of his conversations, objects of the rows,
 * and the framework makes JSON of them. Prepared once, on the same database, with its indexes.
 */
export function createNaive(database: Database): FastifyInstance {
  const app = createApp();
  const statements = prepare(database);
  app.post<{ Body: Body }>('/conversation/sync', { schema: { body: SyncBody } }, async ({ body }) => {
    const { uid, version = 0, msg_count: messageCount = 0 } = body;
    const memberships = statements.memberships.all(uid) as MembershipRow[];
    return memberships
      .map((membership) => readConversation(statements, membership, { uid, messageCount }))
      .filter((conversation) => conversation.version > version)
      .toSorted((one, other) => other.version - one.version);
  });
  return app;
}

interface Body {
  readonly uid: string;
  readonly version?: number;
  readonly msg_count?: number;
}

interface MembershipRow {
  readonly user_id: number;
  readonly channel_id: number;
  readonly version: number;
  readonly read_seq: number;
}

interface MessageRow {
  readonly type: number;
  readonly name: string;
  readonly channel_version: number;
  readonly last_seq: number;
  readonly last_message_at_ms: number;
  readonly last_client_msg_no: string;
  readonly unread: number;
  readonly id: number;
  readonly seq: number;
  readonly from_uid: string;
  readonly client_msg_no: string;
  readonly payload: Buffer;
  readonly red_dot: number;
  readonly setting: number;
  readonly expire_seconds: number;
  readonly created_at_ms: number;
}

function prepare(database: Database) {
  return {
    memberships: database.prepare(`
      SELECT m.user_id, m.channel_id, m.version, m.read_seq
      FROM users AS u
      JOIN memberships AS m ON m.community_id = u.community_id AND m.user_id = u.id
      WHERE u.community_id = 1 AND u.uid = ? AND m.is_member = 1`),
    newestMessages: database.prepare(`
      SELECT c.type, c.name, c.version AS channel_version, c.last_seq, c.last_message_at_ms, c.last_client_msg_no,
        (SELECT count(*) FROM messages AS x
         WHERE x.community_id = 1 AND x.channel_id = c.id AND x.seq > @readSeq AND x.is_counted = 1) AS unread,
        m.id, m.seq, u.uid AS from_uid, m.client_msg_no, m.payload, m.red_dot, m.setting, m.expire_seconds,
        m.created_at_ms
      FROM channels AS c
      JOIN messages AS m ON m.community_id = c.community_id AND m.channel_id = c.id
      JOIN users AS u ON u.community_id = m.community_id AND u.id = m.sender_id
      WHERE c.community_id = 1 AND c.id = @channelId
      ORDER BY m.seq DESC LIMIT @count`),
  };
}

function readConversation(
  statements: ReturnType<typeof prepare>,
  membership: MembershipRow,
  { uid, messageCount }: { uid: string; messageCount: number },
) {
  const { channel_id: channelId, read_seq: readSeq } = membership;
  // The newest message is there in any case: with it come the channel and the count.
  const count = Math.max(1, messageCount);
  const rows = statements.newestMessages.all({ channelId, readSeq, count }) as MessageRow[];
  const [newest] = rows;
  if (!newest) throw new Error(`channel ${channelId} has no messages`);
  const version = Math.max(newest.channel_version, membership.version);
  return {
    channel_id: channelIdFor(uid, newest),
    channel_type: newest.type,
    unread: newest.unread,
    timestamp: Math.floor(newest.last_message_at_ms / 1000),
    last_msg_seq: newest.last_seq,
    last_client_msg_no: newest.last_client_msg_no,
    offset_msg_seq: 0,
    readed_to_msg_seq: readSeq,
    version,
    limited: newest.last_seq > messageCount ? 1 : 0,
    messages: rows.slice(0, messageCount).map(toMessage),
  };
}

function toMessage(row: MessageRow) {
  return {
    header: { no_persist: 0, red_dot: row.red_dot, sync_once: 0 },
    setting: row.setting,
    message_id: row.id,
    message_idstr: String(row.id),
    client_msg_no: row.client_msg_no,
    message_seq: row.seq,
    from_uid: row.from_uid,
    channel_id: channelIdFor(row.from_uid, row),
    channel_type: row.type,
    expire: row.expire_seconds,
    timestamp: Math.floor(row.created_at_ms / 1000),
    payload: row.payload.toString('base64'),
  };
}
