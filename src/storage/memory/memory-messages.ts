import { PERSON_CHANNEL } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import { NO_MESSAGES, toMessageJson, toMessagesJson } from '../../domain/message-json.js';
import { PLAIN_STATE } from '../../domain/room.js';
import type {
  ChannelQuery,
  ListMessages,
  ListSubscribers,
  MessagePage,
  SendMessage,
  SentMessage,
  Subscriber,
} from '../../ports/store.js';
import { getMembership, openForSending, requireSender } from './memory-memberships.js';
import {
  visibleMessages,
  type Channel,
  type Community,
  type Moment,
  type StoredMessage,
} from './memory-state.js';

export function listMessages(community: Community, query: ListMessages): MessagePage {
  const channel = community.findChannel(query.channel);
  if (!channel) return { messages: NO_MESSAGES, hasMore: false };
  const visible = visibleMessages(channel, getMembership(channel, query.uid));
  const inRange = visible.filter(({ seq }) => seq >= query.fromSeq && seq <= query.toSeq);
  const start = query.keep === 'oldest' ? 0 : Math.max(0, inRange.length - query.limit);
  const found = inRange.slice(start, start + query.limit);
  const messages = toMessagesJson(found.map((message) => toMessageJson(message)));
  return { messages, hasMore: inRange.length > found.length };
}

export function getLastSeq(community: Community, { channel: key, uid }: ChannelQuery): number {
  const channel = community.findChannel(key);
  if (!channel) return 0;
  if (uid !== undefined) getMembership(channel, uid);
  return channel.lastSeq;
}

export function listSubscribers(community: Community, query: ListSubscribers): Subscriber[] {
  const members = community.findChannel(query.channel)?.members.values() ?? [];
  return [...members]
    .filter(({ isMember, userId }) => isMember && userId > query.afterUserId)
    .map(({ userId, uid }) => ({ userId, uid }))
    .toSorted((a, b) => a.userId - b.userId)
    .slice(0, query.limit);
}

export function sendMessage(community: Community, command: SendMessage, nowMs: number): SentMessage {
  const { fromUid, clientMsgNo, payload, redDot, setting, expireSeconds } = command;
  const existing = community.findChannel(command.channel);
  const first = existing && findFirstAnswer(existing, command);
  if (first) return first;
  if (command.asMember && command.channel.type !== PERSON_CHANNEL) {
    requireSender(community, existing, fromUid);
  }
  const moment = community.tick(nowMs);
  const channel = openForSending(community, command, moment);
  const sent = { fromUid, clientMsgNo, payload, redDot, setting, expireSeconds };
  return append(community, channel, { content: { ...sent, ...PLAIN_CONTENT }, moment });
}

/** What a message says, before it has its place in a log. */
export type Content = Pick<
  StoredMessage,
  | ('fromUid' | 'clientMsgNo' | 'payload' | 'redDot' | 'setting' | 'expireSeconds')
  | ('state' | 'replyToId' | 'extras' | 'attachments' | 'poll' | 'widget')
>;

/** What messages have that are nothing but a payload. */
export const PLAIN_CONTENT = {
  state: PLAIN_STATE,
  replyToId: undefined,
  extras: {},
  attachments: [],
  poll: undefined,
  widget: undefined,
};

/** Appends to a channel's log; the sender's read position moves along. */
export function append(
  community: Community,
  channel: Channel,
  { content, moment }: { readonly content: Content; readonly moment: Moment },
): SentMessage {
  const { version, nowMs } = moment;
  community.lastMessageId += 1;
  const id = community.lastMessageId;
  const seq = channel.lastSeq + 1;
  channel.messages.push({
    ...content,
    id,
    seq,
    channel: channel.key,
    createdAtMs: nowMs,
    version,
    updatedVersion: version,
    authorId: community.ensureUser(content.fromUid, nowMs).id,
    isEdited: false,
    deletedById: undefined,
    reactions: [],
  });
  channel.lastSeq = seq;
  channel.version = version;
  const sender = channel.members.get(content.fromUid);
  if (sender?.isMember) sender.readSeq = seq;
  return { messageId: id, seq };
}

/** The answer to an earlier send of the same. What was edited since cannot be compared any more. */
export function findFirstAnswer(
  channel: Channel,
  { fromUid, clientMsgNo, payload }: Pick<SendMessage, 'fromUid' | 'clientMsgNo' | 'payload'>,
): SentMessage | undefined {
  const stored = channel.messages.find(
    (message) => message.fromUid === fromUid && message.clientMsgNo === clientMsgNo,
  );
  if (!stored) return undefined;
  if (!stored.isEdited && Buffer.compare(stored.payload, payload) !== 0) {
    throw new AppError('CONFLICT', 'client_msg_no was used for another payload', { field: 'client_msg_no' });
  }
  return { messageId: stored.id, seq: stored.seq };
}
