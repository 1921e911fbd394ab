import type { Database } from 'better-sqlite3';
import { PERSON_CHANNEL } from '../../src/domain/channel.js';
import type { Message } from '../../src/domain/message.js';
import { toHeadJson, toMessageJson } from '../../src/domain/message-json.js';
import { DIRECT_ROOM, NORMAL_ROOM } from '../../src/domain/room.js';

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

/** A message that counts as unread if it has a red dot. */
export interface MessageRow extends Message {
  readonly channelId: number;
  readonly senderId: number;
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
       last_seq, last_message_at_ms, last_client_msg_no, last_json)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const membership = database.prepare(
    `INSERT INTO memberships (community_id, user_id, channel_id, version, joined_version, read_seq)
     VALUES (1, ?, ?, ?, ?, ?)`,
  );
  const message = database.prepare(
    `INSERT INTO messages (community_id, channel_id, seq, id, sender_id, client_msg_no, payload, red_dot,
       is_counted, setting, expire_seconds, created_at_ms, version, updated_version, json)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
      const head = [last.seq, last.createdAtMs, last.clientMsgNo, toHeadJson(toMessageJson(last))];
      channel.run(id, type, name, ...face, version, createdAtMs, ...head);
    },
    membership: ({ userId, channelId, version, readSeq }) =>
      void membership.run(userId, channelId, version, version, readSeq),
    message: (row) => {
      const keys = [row.channelId, row.seq, row.id, row.senderId, row.clientMsgNo];
      const redDot = row.redDot ? 1 : 0;
      const content = [row.payload, redDot, redDot, row.setting, row.expireSeconds];
      message.run(...keys, ...content, row.createdAtMs, row.version, row.version, toMessageJson(row));
    },
    clock: ({ version, userId, channelId, messageId }) =>
      void clock.run(version, userId, channelId, messageId),
  };
}
