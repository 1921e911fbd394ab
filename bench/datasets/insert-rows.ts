import type { Database } from 'better-sqlite3';
import { DIRECT_ROOM, NORMAL_ROOM } from '../../src/domain/room.js';
import { PERSON_CHANNEL } from '../../src/domain/channel.js';

/** Rows as the server would have written them. What a table holds is known here and nowhere else in the bench. */
export interface RowInserts {
  user(this: void, row: UserRow): void;
  channel(this: void, row: ChannelRow): void;
  membership(this: void, row: MembershipRow): void;
  message(this: void, row: MessageRow): void;
  clock(this: void, row: ClockRow): void;
}

export interface UserRow {
  readonly id: number;
  readonly uid: string;
  readonly createdAtMs: number;
}

export interface ChannelRow {
  readonly id: number;
  readonly type: number;
  readonly name: string;
  readonly creatorId: number;
  readonly version: number;
  readonly createdAtMs: number;
  /** The channel's newest message. */
  readonly last: MessageRow;
}

export interface MembershipRow {
  readonly userId: number;
  readonly channelId: number;
  readonly version: number;
  readonly readSeq: number;
}

export interface MessageRow {
  readonly channelId: number;
  readonly seq: number;
  readonly id: number;
  readonly senderId: number;
  readonly clientMsgNo: string;
  readonly payload: Buffer;
  readonly isCounted: boolean;
  readonly createdAtMs: number;
  readonly version: number;
}

export interface ClockRow {
  readonly version: number;
  readonly userId: number;
  readonly channelId: number;
  readonly messageId: number;
}

export function prepareInserts(database: Database): RowInserts {
  const user = database.prepare(
    'INSERT INTO users (community_id, id, uid, name, created_at_ms) VALUES (1, ?, ?, ?, ?)',
  );
  const channel = database.prepare(
    `INSERT INTO channels (community_id, id, type, name, room_type, title, creator_id, version, created_at_ms,
       last_seq, last_message_at_ms, last_client_msg_no) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const membership = database.prepare(
    `INSERT INTO memberships (community_id, user_id, channel_id, version, joined_version, read_seq)
     VALUES (1, ?, ?, ?, ?, ?)`,
  );
  const message = database.prepare(
    `INSERT INTO messages (community_id, channel_id, seq, id, sender_id, client_msg_no, payload, red_dot,
       is_counted, setting, expire_seconds, created_at_ms, version, updated_version)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?)`,
  );
  const clock = database.prepare(
    `UPDATE clocks SET last_version = ?, last_user_id = ?, last_channel_id = ?, last_message_id = ?
     WHERE community_id = 1`,
  );
  return {
    user: ({ id, uid, createdAtMs }) => void user.run(id, uid, `User ${id}`, createdAtMs),
    channel: ({ id, type, name, creatorId, version, createdAtMs, last }) => {
      const isDirect = type === PERSON_CHANNEL;
      const face = [isDirect ? DIRECT_ROOM : NORMAL_ROOM, isDirect ? '' : `Room ${id}`, creatorId];
      const head = [last.seq, last.createdAtMs, last.clientMsgNo];
      channel.run(id, type, name, ...face, version, createdAtMs, ...head);
    },
    membership: ({ userId, channelId, version, readSeq }) =>
      void membership.run(userId, channelId, version, version, readSeq),
    message: ({ channelId, seq, id, senderId, clientMsgNo, payload, isCounted, createdAtMs, version }) => {
      const counts = isCounted ? 1 : 0;
      const keys = [channelId, seq, id, senderId, clientMsgNo, payload];
      message.run(...keys, counts, counts, createdAtMs, version, version);
    },
    clock: ({ version, userId, channelId, messageId }) =>
      void clock.run(version, userId, channelId, messageId),
  };
}
