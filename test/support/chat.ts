import { channelKey, type ChannelKey, GROUP_CHANNEL, PERSON_CHANNEL } from '../../src/domain/channel.js';
import { NO_VERSION, type Version } from '../../src/domain/version.js';
import type {
  ChannelSettings,
  ListConversations,
  ListMessages,
  SendMessage,
  SentMessage,
  Store,
} from '../../src/ports/store.js';
import {
  readConversation,
  type ReadConversation,
  type ReadConversationPage,
  type ReadMessagePage,
  readMessages,
} from './read-messages.js';

export const DEFAULT_COMMUNITY = 1;

export function group(name: string, type: number = GROUP_CHANNEL): ChannelKey {
  return { type, name };
}

export function pair(one: string, other: string): ChannelKey {
  return channelKey(one, other, PERSON_CHANNEL);
}

export function payloadOf(text: string): Uint8Array {
  return Buffer.from(text);
}

type ListOptions = Partial<Omit<ListConversations, 'communityId' | 'uid'>>;
type SendOptions = Partial<Omit<SendMessage, 'communityId' | 'fromUid' | 'channel'>> & {
  readonly text?: string;
};

/** A store as people use it: of each operation, only what a test is about. */
export class Chat {
  readonly store: Store;
  readonly #communityId: number;
  #sent = 0;

  constructor(store: Store, communityId: number = DEFAULT_COMMUNITY) {
    this.store = store;
    this.#communityId = communityId;
  }

  send(fromUid: string, channel: ChannelKey, options: SendOptions = {}): Promise<SentMessage> {
    this.#sent += 1;
    const { text = `message ${this.#sent}`, ...others } = options;
    return this.store.sendMessage({
      communityId: this.#communityId,
      fromUid,
      channel,
      clientMsgNo: `no-${this.#sent}`,
      payload: payloadOf(text),
      redDot: true,
      setting: 0,
      expireSeconds: 0,
      asMember: false,
      ...others,
    });
  }

  /** Sends `count` messages, one after the other. */
  async sendMany(fromUid: string, channel: ChannelKey, count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) await this.send(fromUid, channel);
  }

  join(channel: ChannelKey, ...uids: string[]): Promise<void> {
    return this.store.addSubscribers({ communityId: this.#communityId, channel, uids });
  }

  leave(channel: ChannelKey, ...uids: string[]): Promise<void> {
    return this.store.removeSubscribers({ communityId: this.#communityId, channel, uids });
  }

  putChannel(channel: ChannelKey, settings: Partial<ChannelSettings> = {}): Promise<void> {
    return this.store.putChannel({ communityId: this.#communityId, channel, settings });
  }

  deleteChannel(channel: ChannelKey): Promise<void> {
    return this.store.deleteChannel({ communityId: this.#communityId, channel });
  }

  markRead(uid: string, channel: ChannelKey, seq?: number): Promise<void> {
    return this.store.markRead({ communityId: this.#communityId, uid, channel, seq });
  }

  setUnread(uid: string, channel: ChannelKey, unread: number): Promise<void> {
    return this.store.setUnread({ communityId: this.#communityId, uid, channel, unread });
  }

  deleteConversation(uid: string, channel: ChannelKey): Promise<void> {
    return this.store.deleteConversation({ communityId: this.#communityId, uid, channel });
  }

  async list(uid: string, options: ListOptions = {}): Promise<ReadConversationPage> {
    const page = await this.store.listConversations({
      communityId: this.#communityId,
      uid,
      after: NO_VERSION,
      known: [],
      onlyUnread: false,
      excludeTypes: [],
      includeDeleted: false,
      messageCount: 0,
      window: { kind: 'all' },
      ...options,
    });
    return { ...page, conversations: page.conversations.map((json) => readConversation(json, uid)) };
  }

  async rows(uid: string, options: ListOptions = {}): Promise<readonly ReadConversation[]> {
    return (await this.list(uid, options)).conversations;
  }

  /** The names of the listed channels, in the order of the reply; those of deletions begin with a minus. */
  async names(uid: string, options: ListOptions = {}): Promise<string[]> {
    return (await this.rows(uid, options)).map(({ channel, isDeleted }) =>
      isDeleted ? `-${channel.name}` : channel.name,
    );
  }

  /** The version up to which `uid` has everything once he has synced now. */
  async position(uid: string): Promise<Version> {
    return (await this.list(uid)).completeUpTo;
  }

  async find(
    uid: string,
    channels: readonly ChannelKey[],
    messageCount = 0,
  ): Promise<(ReadConversation | undefined)[]> {
    const query = { communityId: this.#communityId, uid, channels, messageCount };
    const found = await this.store.findConversations(query);
    return found.map((json) => json && readConversation(json, uid));
  }

  /** The conversation as `findConversations` gives it; fails where there is none. */
  async get(uid: string, channel: ChannelKey, messageCount = 0): Promise<ReadConversation> {
    const [conversation] = await this.find(uid, [channel], messageCount);
    if (!conversation) throw new Error(`${uid} has no conversation ${channel.name}`);
    return conversation;
  }

  async messages(
    uid: string,
    channel: ChannelKey,
    options: Partial<Pick<ListMessages, 'fromSeq' | 'toSeq' | 'keep' | 'limit'>> = {},
  ): Promise<ReadMessagePage> {
    const page = await this.store.listMessages({
      communityId: this.#communityId,
      uid,
      channel,
      fromSeq: 1,
      toSeq: Number.MAX_SAFE_INTEGER,
      keep: 'newest',
      limit: 1000,
      ...options,
    });
    return { ...page, messages: readMessages(channel, page.messages) };
  }

  /** The seqs that `uid` can read. */
  async seqs(...[uid, channel, options]: Parameters<Chat['messages']>): Promise<number[]> {
    return (await this.messages(uid, channel, options)).messages.map(({ seq }) => seq);
  }

  lastSeq(channel: ChannelKey, uid?: string): Promise<number> {
    return this.store.getLastSeq({ communityId: this.#communityId, channel, uid });
  }

  /** Everyone who is a member, in the order of the store. */
  async members(channel: ChannelKey): Promise<string[]> {
    const query = { communityId: this.#communityId, channel, afterUserId: 0, limit: 100_000 };
    return (await this.store.listSubscribers(query)).map(({ uid }) => uid);
  }
}
