import { PERSON_CHANNEL } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import { NO_VERSION, type Version } from '../../domain/version.js';
import type { Clock } from '../../ports/clock.js';
import type {
  ChangeSubscribers,
  ChannelCommand,
  ChannelQuery,
  Conversation,
  ConversationPage,
  CreateCommunity,
  FindConversations,
  ListConversations,
  ListMessages,
  ListSubscribers,
  MarkRead,
  MessagePage,
  PurgeMemberships,
  PurgeMessages,
  PutChannel,
  SendMessage,
  SentMessage,
  SetUnread,
  Store,
  Subscriber,
  UserChannelCommand,
} from '../../ports/store.js';
import { listConversations, toConversation } from './memory-conversations.js';
import {
  changeMembership,
  getMembership,
  join,
  openForSending,
  requireSender,
} from './memory-memberships.js';
import {
  Community,
  noSettings,
  toMessage,
  unreadMessages,
  type Channel,
  type Membership,
} from './memory-state.js';

/**
 * The storage contract in its most obvious form: maps, loops, and every count made afresh. It is the model
 * that the other stores are tested against, and serves programs that want a server which keeps nothing.
 */
export class MemoryStore implements Store {
  readonly #clock: Clock;
  readonly #communities = new Map([[1, new Community()]]);

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  async listConversations(query: ListConversations): Promise<ConversationPage> {
    return listConversations(this.#readable(query.communityId), this.#clock.nowMs(), query);
  }

  async findConversations(query: FindConversations): Promise<(Conversation | undefined)[]> {
    const community = this.#readable(query.communityId);
    const { uid, channels, messageCount } = query;
    return channels.map((key) => {
      const channel = community.findChannel(key);
      const membership = channel?.members.get(uid);
      if (!channel || !membership?.isMember) return undefined;
      const nothing = { after: NO_VERSION, hasUpTo: NO_VERSION, knownSeq: undefined };
      return toConversation(channel, membership, { ...nothing, messageCount });
    });
  }

  async listMessages(query: ListMessages): Promise<MessagePage> {
    const channel = this.#readable(query.communityId).findChannel(query.channel);
    if (!channel) return { messages: [], hasMore: false };
    const { floorSeq } = getMembership(channel, query.uid);
    const inRange = channel.messages.filter(
      ({ seq }) => seq > floorSeq && seq >= query.fromSeq && seq <= query.toSeq,
    );
    const start = query.keep === 'oldest' ? 0 : Math.max(0, inRange.length - query.limit);
    const messages = inRange.slice(start, start + query.limit).map(toMessage);
    return { messages, hasMore: inRange.length > messages.length };
  }

  async getLastSeq({ communityId, channel: key, uid }: ChannelQuery): Promise<number> {
    const channel = this.#readable(communityId).findChannel(key);
    if (!channel) return 0;
    if (uid !== undefined) getMembership(channel, uid);
    return channel.lastSeq;
  }

  async listSubscribers({
    communityId,
    channel,
    afterUserId,
    limit,
  }: ListSubscribers): Promise<Subscriber[]> {
    const members = this.#readable(communityId).findChannel(channel)?.members.values() ?? [];
    return [...members]
      .filter(({ isMember, userId }) => isMember && userId > afterUserId)
      .map(({ userId, uid }) => ({ userId, uid }))
      .toSorted((a, b) => a.userId - b.userId)
      .slice(0, limit);
  }

  async hasCommunity(communityId: number): Promise<boolean> {
    return this.#communities.has(communityId);
  }

  async createCommunity(_command: CreateCommunity): Promise<number> {
    const id = this.#communities.size + 1;
    this.#communities.set(id, new Community());
    return id;
  }

  async sendMessage(command: SendMessage): Promise<SentMessage> {
    const community = this.#writable(command.communityId);
    const existing = community.findChannel(command.channel);
    const first = findFirstAnswer(existing, command);
    if (first) return first;
    if (command.asMember && command.channel.type !== PERSON_CHANNEL) requireSender(existing, command.fromUid);
    const nowMs = this.#clock.nowMs();
    const version = community.tick(nowMs);
    const channel = openForSending(community, command, version);
    community.lastMessageId += 1;
    const { fromUid, clientMsgNo, payload, redDot, setting, expireSeconds } = command;
    const content = { fromUid, clientMsgNo, payload, redDot, setting, expireSeconds };
    const id = community.lastMessageId;
    const seq = channel.lastSeq + 1;
    channel.messages.push({ ...content, id, seq, channel: channel.key, version, createdAtMs: nowMs });
    channel.lastSeq = seq;
    channel.version = version;
    const sender = channel.members.get(fromUid);
    if (sender?.isMember) sender.readSeq = seq;
    return { messageId: id, seq };
  }

  async putChannel({ communityId, channel: key, settings }: PutChannel): Promise<void> {
    const community = this.#writable(communityId);
    const existing = community.findChannel(key);
    const changed = { ...(existing?.settings ?? noSettings()), ...settings };
    if (existing && !existing.isDeleted && isSame(existing.settings, changed)) return;
    const version = community.tick(this.#clock.nowMs());
    const channel = existing ?? community.addChannel(key, version);
    Object.assign(channel.settings, changed);
    channel.isDeleted = false;
    channel.version = version;
  }

  async addSubscribers({ communityId, channel: key, uids }: ChangeSubscribers): Promise<void> {
    const community = this.#writable(communityId);
    const existing = community.findChannel(key);
    const joining = uids.filter((uid) => !existing?.members.get(uid)?.isMember);
    if (existing && !existing.isDeleted && joining.length === 0) return;
    const version = community.tick(this.#clock.nowMs());
    const channel = existing ?? community.addChannel(key, version);
    channel.isDeleted = false;
    for (const uid of joining) join(community, channel, { uid, version });
  }

  async removeSubscribers({ communityId, channel: key, uids }: ChangeSubscribers): Promise<void> {
    const community = this.#writable(communityId);
    const channel = community.findChannel(key);
    const leaving = uids.map((uid) => channel?.members.get(uid)).filter((member) => member?.isMember);
    if (!channel || leaving.length === 0) return;
    const version = community.tick(this.#clock.nowMs());
    for (const membership of leaving) {
      if (membership) changeMembership(channel, membership, { version, isMember: false, mark: 0 });
    }
  }

  async deleteChannel({ communityId, channel: key }: ChannelCommand): Promise<void> {
    const community = this.#writable(communityId);
    const channel = community.findChannel(key);
    if (!channel || channel.isDeleted) return;
    channel.version = community.tick(this.#clock.nowMs());
    channel.floorSeq = channel.lastSeq;
    channel.isDeleted = true;
    Object.assign(channel.settings, noSettings());
  }

  async markRead(command: MarkRead): Promise<void> {
    this.#changeOwn(command, (channel, membership) => {
      const lastSeq = channel.lastSeq;
      return { readSeq: Math.max(membership.readSeq, Math.min(command.seq ?? lastSeq, lastSeq)), mark: 0 };
    });
  }

  async setUnread(command: SetUnread): Promise<void> {
    const { communityId, channel: key, uid, unread } = command;
    const community = this.#writable(communityId);
    const existing = community.findChannel(key);
    if (!existing?.members.get(uid)?.isMember) {
      if (unread === 0) return;
      if (key.type !== PERSON_CHANNEL)
        throw new AppError('NOT_FOUND', `${uid} is not a member of this channel`);
      const version = community.tick(this.#clock.nowMs());
      const channel = existing ?? community.addChannel(key, version);
      join(community, channel, { uid, version }).mark = unread;
      return;
    }
    this.#changeOwn(command, (channel, membership) => {
      const counted = unreadMessages(channel, membership);
      if (unread > 0 && unread >= counted.length) return { mark: unread - counted.length };
      const oldestUnread = counted.at(counted.length - unread);
      return { readSeq: oldestUnread ? oldestUnread.seq - 1 : channel.lastSeq, mark: 0 };
    });
  }

  async deleteConversation(command: UserChannelCommand): Promise<void> {
    this.#changeOwn(command, (channel) => {
      const lastSeq = channel.lastSeq;
      return { floorSeq: lastSeq, readSeq: lastSeq, mark: 0 };
    });
  }

  async purgeMemberships({ before, limit }: PurgeMemberships): Promise<number> {
    let left = limit;
    for (const community of this.#communities.values()) {
      for (const channel of community.channels.values()) {
        for (const { uid, isMember, version } of channel.members.values()) {
          if (isMember || version >= before || left === 0) continue;
          channel.members.delete(uid);
          left -= 1;
          const highest = Math.max(community.purgedVersions.get(uid) ?? NO_VERSION, version);
          community.purgedVersions.set(uid, highest as Version);
        }
      }
    }
    return limit - left;
  }

  async purgeMessages({ limit }: PurgeMessages): Promise<number> {
    let left = limit;
    for (const community of this.#communities.values()) {
      for (const channel of community.channels.values()) {
        const members = [...channel.members.values()];
        // Members of a deleted channel keep what they see until they leave.
        if (members.some(({ isMember, floorSeq }) => isMember && floorSeq < channel.floorSeq)) continue;
        const purged = channel.messages.filter(({ seq }) => seq <= channel.floorSeq).slice(0, left);
        left -= purged.length;
        channel.messages = channel.messages.filter((message) => !purged.includes(message));
      }
    }
    return limit - left;
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  #readable(communityId: number): Community {
    return this.#communities.get(communityId) ?? new Community();
  }

  #writable(communityId: number): Community {
    const community = this.#communities.get(communityId);
    if (community) return community;
    throw new AppError('NOT_FOUND', `community ${communityId} does not exist`);
  }

  /** Changes the caller's own state, where he has any, and moves its version if that changes something. */
  #changeOwn(
    { communityId, channel: key, uid }: UserChannelCommand,
    decide: (channel: Channel, membership: Membership) => Partial<Membership>,
  ): void {
    const community = this.#writable(communityId);
    const channel = community.findChannel(key);
    const membership = channel?.members.get(uid);
    if (!channel || !membership?.isMember) return;
    const change = decide(channel, membership);
    if (isSame(membership, change)) return;
    changeMembership(channel, membership, { ...change, version: community.tick(this.#clock.nowMs()) });
  }
}

function findFirstAnswer(channel: Channel | undefined, command: SendMessage): SentMessage | undefined {
  const stored = channel?.messages.find(
    ({ fromUid, clientMsgNo }) => fromUid === command.fromUid && clientMsgNo === command.clientMsgNo,
  );
  if (!stored) return undefined;
  if (Buffer.compare(stored.payload, command.payload) !== 0) {
    throw new AppError('CONFLICT', 'client_msg_no was used for another payload', { field: 'client_msg_no' });
  }
  return { messageId: stored.id, seq: stored.seq };
}

function isSame(present: object, change: object): boolean {
  return Object.entries(change).every(([name, value]) => Reflect.get(present, name) === value);
}
