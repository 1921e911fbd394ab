import { type ChannelKey, pairUids, PERSON_CHANNEL, SYSTEM_UID } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import { type MessageJson, toHeadJson, toMessageJson } from '../../domain/message-json.js';
import { ANNOUNCEMENT_ROOM, COUNTED_STATES, PLAIN_STATE } from '../../domain/room.js';
import { channelTopic } from '../../domain/topic.js';
import type { Version } from '../../domain/version.js';
import type { SendMessage, SentMessage } from '../../ports/store.js';
import { joinChannel } from './memberships.js';
import { findUser } from './profiles.js';
import {
  ensureChannel,
  ensureUserId,
  findChannel,
  findMembership,
  findUserRow,
  type ChannelRow,
} from './rows.js';
import { both, get, run, type Statement, type Steps } from './steps.js';
import type { WriteTransaction } from './write-transaction.js';

/** Four rows, however many members the channel has: the message, the head, the sender's state, the clock. */
export function* sendMessage(transaction: WriteTransaction, command: SendMessage): Steps<SentMessage> {
  const { communityId, channel: key, fromUid } = command;
  const [existing, sender] = yield* both(findChannel(communityId, key), findUserRow(communityId, fromUid));
  const knownSenderId = sender?.id;
  if (existing && knownSenderId !== undefined) {
    const place = { communityId, channelId: existing.id, senderId: knownSenderId };
    const first = yield* findFirstAnswer(command, place);
    if (first) return first;
  }
  if (command.asMember && key.type !== PERSON_CHANNEL) {
    yield* requireSender(command, { channel: existing, senderId: knownSenderId });
  }
  const version = transaction.tick(communityId);
  const channel = yield* openChannel(transaction, command, { existing, version });
  const senderId = knownSenderId ?? (yield* ensureUserId(transaction, communityId, fromUid));
  return yield* appendMessage(transaction, command, { channel, key, senderId, fromUid, version });
}

interface MessagePlace {
  readonly communityId: number;
  readonly channelId: number;
  readonly senderId: number;
}

/**
 * The answer that a stored message got, if it is this one again.
 * @throws CONFLICT when it was stored with another payload; one that was edited since can be any
 */
export function* findFirstAnswer(
  { clientMsgNo, payload }: Pick<SendMessage, 'clientMsgNo' | 'payload'>,
  place: MessagePlace,
): Steps<SentMessage | undefined> {
  const stored = yield* get<{ id: number; seq: number; payload: Uint8Array; isEdited: number }>(
    `SELECT id, seq, payload, is_edited AS "isEdited" FROM messages INDEXED BY messages_by_client_msg_no
     WHERE community_id = @communityId AND channel_id = @channelId AND sender_id = @senderId
       AND client_msg_no = @clientMsgNo`,
    { clientMsgNo, ...place },
  );
  if (!stored) return undefined;
  if (!stored.isEdited && Buffer.compare(stored.payload, payload) !== 0) {
    throw new AppError('CONFLICT', 'client_msg_no was used for another payload', { field: 'client_msg_no' });
  }
  return { messageId: stored.id, seq: stored.seq };
}

function* requireSender(
  { communityId, fromUid }: SendMessage,
  { channel, senderId }: { channel: ChannelRow | undefined; senderId: number | undefined },
): Steps<void> {
  const membership =
    channel && senderId !== undefined
      ? yield* findMembership(communityId, { userId: senderId, channelId: channel.id })
      : undefined;
  if (!channel || !membership?.isMember) {
    throw new AppError('PERMISSION_DENIED', `${fromUid} is not a member of this channel`);
  }
  const isAnnouncement = channel.roomType === ANNOUNCEMENT_ROOM;
  const isManager = (yield* findUser({ communityId, uid: fromUid }))?.isManager;
  if (channel.ban || channel.disband || channel.sendBan || (isAnnouncement && !isManager)) {
    throw new AppError('PERMISSION_DENIED', 'this channel takes no messages');
  }
}

/** A channel's first message makes its memberships: both of a person channel, else the sender's. */
export function* openChannel(
  transaction: WriteTransaction,
  command: Pick<SendMessage, 'communityId' | 'channel' | 'fromUid'>,
  { existing, version }: { existing: ChannelRow | undefined; version: Version },
): Steps<ChannelRow> {
  const { communityId, channel: key, fromUid } = command;
  const isNew = !existing || existing.isDeleted === 1;
  const channel = isNew ? yield* ensureChannel(transaction, command, version) : existing;
  if (key.type === PERSON_CHANNEL) {
    const uids = channel.lastSeq === 0 ? [...new Set(pairUids(key))] : [];
    yield* joinChannel(transaction, { communityId, channel, uids, version });
  } else if (isNew && fromUid !== SYSTEM_UID) {
    yield* joinChannel(transaction, { communityId, channel, uids: [fromUid], version });
  }
  return channel;
}

type Content = Pick<
  SendMessage,
  'communityId' | 'clientMsgNo' | 'payload' | 'redDot' | 'setting' | 'expireSeconds'
>;

export interface Appended {
  readonly channel: ChannelRow;
  readonly key: ChannelKey;
  readonly senderId: number;
  readonly fromUid: string;
  readonly version: Version;
  readonly state?: number;
  readonly replyToId?: number | undefined;
  /** A JSON object. */
  readonly extras?: string;
}

/**
 * Writes a message that may be written: the message itself, its channel's head, its sender's read position. What these
 * are given is written out: to copy the rest of other objects takes a fifth of a send.
 */
export function* appendMessage(
  transaction: WriteTransaction,
  content: Content,
  appended: Appended,
): Steps<SentMessage> {
  const { communityId, clientMsgNo, payload, redDot, setting, expireSeconds } = content;
  const { channel, key, senderId, fromUid, version } = appended;
  const { nowMs } = transaction;
  const messageId = transaction.newId(communityId, 'lastMessageId');
  const seq = channel.lastSeq + 1;
  const channelId = channel.id;
  const json = toMessageJson({
    id: messageId,
    channel: key,
    seq,
    fromUid,
    clientMsgNo,
    payload,
    redDot,
    setting,
    expireSeconds,
    createdAtMs: nowMs,
  });
  yield insertMessage(content, appended, { seq, messageId, json, nowMs });
  yield run(
    `UPDATE channels SET last_seq = @seq, last_message_at_ms = @nowMs, last_client_msg_no = @clientMsgNo,
       last_json = @lastJson, version = @version
     WHERE community_id = @communityId AND id = @channelId`,
    { communityId, channelId, seq, clientMsgNo, nowMs, version, lastJson: toHeadJson(json) },
  );
  transaction.touch(communityId, channelTopic(channel.id));
  yield run(
    `UPDATE memberships SET read_seq = @seq
     WHERE community_id = @communityId AND user_id = @senderId AND channel_id = @channelId AND is_member = 1`,
    { communityId, channelId, seq, senderId },
  );
  return { messageId, seq };
}

interface Keys {
  readonly seq: number;
  readonly messageId: number;
  readonly json: MessageJson;
  readonly nowMs: number;
}

function insertMessage(content: Content, appended: Appended, keys: Keys): Statement {
  const { communityId, clientMsgNo, payload, setting, expireSeconds } = content;
  const { channel, senderId, version, state = PLAIN_STATE } = appended;
  const { seq, messageId, json, nowMs } = keys;
  const redDot = content.redDot ? 1 : 0;
  return run(
    `INSERT INTO messages (community_id, channel_id, seq, id, sender_id, client_msg_no, payload, red_dot,
       is_counted, setting, expire_seconds, created_at_ms, version, updated_version, state, reply_to_id, extras,
       json)
     VALUES (@communityId, @channelId, @seq, @messageId, @senderId, @clientMsgNo, @payload, @redDot,
       @isCounted, @setting, @expireSeconds, @nowMs, @version, @version, @state, @replyToId, @extras, @json)`,
    {
      communityId,
      channelId: channel.id,
      seq,
      messageId,
      senderId,
      version,
      state,
      nowMs,
      clientMsgNo,
      payload,
      setting,
      expireSeconds,
      redDot,
      isCounted: COUNTED_STATES.includes(state) ? redDot : 0,
      replyToId: appended.replyToId ?? null,
      extras: appended.extras ?? null,
      json,
    },
  );
}
