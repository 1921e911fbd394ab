import { pairUids, PERSON_CHANNEL, SYSTEM_UID } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import type { Version } from '../../domain/version.js';
import type { SendMessage, SentMessage } from '../../ports/store.js';
import { joinChannel } from './memberships.js';
import {
  ensureChannel,
  ensureUserId,
  findChannel,
  findMembership,
  findUserId,
  type ChannelRow,
} from './rows.js';
import type { WriteTransaction } from './write-transaction.js';

/** Four rows, however many members the channel has: the message, the head, the sender's state, the clock. */
export function sendMessage(transaction: WriteTransaction, command: SendMessage): SentMessage {
  const { communityId, channel: key, fromUid } = command;
  const existing = findChannel(transaction, communityId, key);
  const knownSenderId = findUserId(transaction, communityId, fromUid);
  if (existing && knownSenderId !== undefined) {
    const first = findFirstAnswer(transaction, command, { channelId: existing.id, senderId: knownSenderId });
    if (first) return first;
  }
  if (command.asMember && key.type !== PERSON_CHANNEL) {
    requireSender(transaction, command, { channel: existing, senderId: knownSenderId });
  }
  const version = transaction.tick(communityId);
  const channel = openChannel(transaction, command, { existing, version });
  const senderId = knownSenderId ?? ensureUserId(transaction, communityId, fromUid);
  return append(transaction, command, { channel, senderId, version });
}

interface MessagePlace {
  readonly channelId: number;
  readonly senderId: number;
}

function findFirstAnswer(
  { sql }: WriteTransaction,
  { communityId, clientMsgNo, payload }: SendMessage,
  place: MessagePlace,
): SentMessage | undefined {
  const stored = sql.get<{ id: number; seq: number; payload: Uint8Array }>(
    `SELECT id, seq, payload FROM messages INDEXED BY messages_by_client_msg_no
     WHERE community_id = @communityId AND channel_id = @channelId AND sender_id = @senderId
       AND client_msg_no = @clientMsgNo`,
    { communityId, clientMsgNo, ...place },
  );
  if (!stored) return undefined;
  if (Buffer.compare(stored.payload, payload) !== 0) {
    throw new AppError('CONFLICT', 'client_msg_no was used for another payload', { field: 'client_msg_no' });
  }
  return { messageId: stored.id, seq: stored.seq };
}

function requireSender(
  transaction: WriteTransaction,
  { communityId, fromUid }: SendMessage,
  { channel, senderId }: { channel: ChannelRow | undefined; senderId: number | undefined },
): void {
  const membership =
    channel && senderId !== undefined
      ? findMembership(transaction, communityId, { userId: senderId, channelId: channel.id })
      : undefined;
  if (!channel || !membership?.isMember) {
    throw new AppError('PERMISSION_DENIED', `${fromUid} is not a member of this channel`);
  }
  if (channel.ban || channel.disband || channel.sendBan) {
    throw new AppError('PERMISSION_DENIED', 'this channel takes no messages');
  }
}

/** A channel's first message makes its memberships: both of a person channel, else the sender's. */
function openChannel(
  transaction: WriteTransaction,
  command: SendMessage,
  { existing, version }: { existing: ChannelRow | undefined; version: Version },
): ChannelRow {
  const { communityId, channel: key, fromUid } = command;
  const isNew = !existing || existing.isDeleted === 1;
  const channel = isNew ? ensureChannel(transaction, command, version) : existing;
  if (key.type === PERSON_CHANNEL) {
    const uids = channel.lastSeq === 0 ? new Set(pairUids(key)) : [];
    for (const uid of uids) joinChannel(transaction, { communityId, channel, uid, version });
  } else if (isNew && fromUid !== SYSTEM_UID) {
    joinChannel(transaction, { communityId, channel, uid: fromUid, version });
  }
  return channel;
}

interface Appended {
  readonly channel: ChannelRow;
  readonly senderId: number;
  readonly version: Version;
}

function append(transaction: WriteTransaction, command: SendMessage, appended: Appended): SentMessage {
  const { communityId, clientMsgNo } = command;
  const { channel, senderId, version } = appended;
  const { sql, nowMs } = transaction;
  const messageId = transaction.newId(communityId, 'lastMessageId');
  const seq = channel.lastSeq + 1;
  const place = { communityId, channelId: channel.id, seq };
  insertMessage(transaction, command, { ...place, messageId, senderId, version });
  sql.run(
    `UPDATE channels SET last_seq = @seq, last_message_at_ms = @nowMs, last_client_msg_no = @clientMsgNo,
       version = @version
     WHERE community_id = @communityId AND id = @channelId`,
    { ...place, clientMsgNo, nowMs, version },
  );
  sql.run(
    `UPDATE memberships SET read_seq = @seq
     WHERE community_id = @communityId AND user_id = @senderId AND channel_id = @channelId AND is_member = 1`,
    { ...place, senderId },
  );
  return { messageId, seq };
}

function insertMessage({ sql, nowMs }: WriteTransaction, command: SendMessage, keys: object): void {
  const { clientMsgNo, payload, setting, expireSeconds } = command;
  sql.run(
    `INSERT INTO messages (community_id, channel_id, seq, id, sender_id, client_msg_no, payload, red_dot,
       setting, expire_seconds, created_at_ms, version)
     VALUES (@communityId, @channelId, @seq, @messageId, @senderId, @clientMsgNo, @payload, @redDot,
       @setting, @expireSeconds, @nowMs, @version)`,
    { ...keys, clientMsgNo, payload, setting, expireSeconds, nowMs, redDot: command.redDot ? 1 : 0 },
  );
}
