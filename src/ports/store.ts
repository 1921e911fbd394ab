import type { ChannelKey } from '../domain/channel.js';
import type { ConversationJson } from '../domain/conversation-json.js';
import type { MessagesJson } from '../domain/message-json.js';
import type { Topic } from '../domain/topic.js';
import type { Cursor, Version } from '../domain/version.js';
import type { ChangeListener } from './change.js';

/**
 * The storage contract. Every method is one atomic operation: it sees one snapshot, and it happens whole or not at all. A
 * write's promise resolves when the write is durable, not before. Writes that change something take the
 * next version of their community, one version per operation, and become visible in the order of their
 * versions: once a reader has seen version v, nothing below v appears any more. One operation never gives
 * two conversations of one user the same version.
 *
 * Everything belongs to a community; no method reaches across. What does not exist is an empty answer to a
 * read; a write creates what it needs, where its comment says so, but never a community.
 *
 * Errors are AppErrors: UNAVAILABLE when the store cannot serve now (full disk, locked), NOT_FOUND for a
 * write to a community that does not exist, and those that the comments name. `test/contract` tests them all.
 */
export interface Store {
  /**
   * The conversations of one user, in full or since his cursors. That nothing is new may be known without a look
   * at the database, and is answered at once: a promise takes longer than the rest of such a poll.
   */
  listConversations(query: ListConversations): ConversationPage | Promise<ConversationPage>;

  /**
   * Named conversations of one user, in the order of the names. Undefined stands where there is none to
   * see: no such channel, not a member.
   */
  findConversations(query: FindConversations): Promise<(ConversationJson | undefined)[]>;

  /**
   * A stretch of a channel's log, ascending, above the reader's delete floor.
   * @throws PERMISSION_DENIED when the channel exists and `uid` is not a member of it
   */
  listMessages(query: ListMessages): Promise<MessagePage>;

  /** The newest seq of a channel; 0 when it does not exist. With `uid`, PERMISSION_DENIED as above. */
  getLastSeq(query: ChannelQuery): Promise<number>;

  /** Up to `limit` of a channel's members, in the order of their user ids, from just after `afterUserId`. */
  listSubscribers(query: ListSubscribers): Promise<Subscriber[]>;

  /**
   * What concerns a user now: his own state and each channel that he is a member of. Whatever changes his
   * list of conversations is announced under one of these.
   */
  listTopics(query: UserScope): Promise<Topic[]>;

  /**
   * Calls the listener after every commit, whichever process made it, with what it concerns. That carries no
   * data and may be told twice, or of a change that took nothing with it; the change is there to be read by
   * then.
   */
  watch(listener: ChangeListener): void;

  hasCommunity(communityId: number): Promise<boolean>;

  /** Creates an empty community and returns its id. Community 1 exists from the start. */
  createCommunity(command: CreateCommunity): Promise<number>;

  /**
   * Appends a message to a channel's log.
   *
   * Repeating a (channel, fromUid, clientMsgNo) that is stored returns the first answer and changes
   * nothing. A person channel and its two memberships come into being with its first message; so does any
   * other channel, with the sender as its first member. The sender's read position moves to the message.
   * What a send writes does not depend on the number of members.
   *
   * @throws CONFLICT when the clientMsgNo is stored with another payload
   * @throws PERMISSION_DENIED with `asMember`, when the sender is not a member, or the channel is closed
   * to him (banned, disbanded, sending banned)
   */
  sendMessage(command: SendMessage): Promise<SentMessage>;

  /** Creates a channel or updates the settings that are given. */
  putChannel(command: PutChannel): Promise<void>;

  /**
   * Makes users members, creating users and channel as needed. A new member has read everything up to
   * now. Who is a member already keeps his state.
   */
  addSubscribers(command: ChangeSubscribers): Promise<void>;

  /** Ends memberships. The conversation leaves each one's list and its messages can no longer be read. */
  removeSubscribers(command: ChangeSubscribers): Promise<void>;

  /**
   * Hides a channel's messages from all who join later and forgets its settings; numbering goes on. Its
   * members are removed by `removeSubscribers`. An unknown channel is no error.
   */
  deleteChannel(command: ChannelCommand): Promise<void>;

  /**
   * Moves the read position forward to `seq`, or to the newest message, and removes the manual mark. Never
   * moves it back. No effect where the user has no such conversation.
   */
  markRead(command: MarkRead): Promise<void>;

  /**
   * Makes the conversation read exactly `unread`: the read position moves forward, or the manual mark
   * makes up the difference. In a person channel the conversation is created if need be.
   * @throws NOT_FOUND when `unread` is above 0 and the user is not a member
   */
  setUnread(command: SetUnread): Promise<void>;

  /**
   * Deletes the conversation for this user: messages up to now are gone for him and the conversation
   * leaves his list until a newer message. No effect where he has no such conversation.
   */
  deleteConversation(command: UserChannelCommand): Promise<void>;

  /**
   * Removes up to `limit` memberships that ended at a version below `before`, in all communities, and
   * remembers for each user the latest at which one of these left his list. Returns how many went.
   */
  purgeMemberships(command: PurgeMemberships): Promise<number>;

  /** Removes up to `limit` messages that a deleted channel left behind. Returns how many went. */
  purgeMessages(command: PurgeMessages): Promise<number>;

  /** Resolves when the store answers. */
  ping(): Promise<void>;

  /** Waits for the writes under way, then lets go of everything. */
  close(): Promise<void>;
}

export interface CommunityScope {
  readonly communityId: number;
}

export interface UserScope extends CommunityScope {
  readonly uid: string;
}

export interface ListConversations extends CommunityScope {
  readonly uid: string;
  /** Only what changed after this; 0 for no such cursor. */
  readonly after: Cursor;
  /** The newest message the client has, by channel, each channel once; empty for no such cursor. */
  readonly known: readonly KnownSeq[];
  readonly onlyUnread: boolean;
  readonly excludeTypes: readonly number[];
  readonly includeDeleted: boolean;
  /** How many of the newest messages to return with each conversation. */
  readonly messageCount: number;
  readonly window: Window;
}

export interface KnownSeq {
  readonly channel: ChannelKey;
  readonly seq: number;
}

/**
 * Which part of the list.
 *
 * `all` and `page` go from the newest version down, `limit` from the lowest up. Pages are cut so that
 * turning them while others write misses nothing: an offset counts every conversation that the cursor
 * lets through, also those that have left the list or are filtered out, because whatever changes moves to
 * the front. A page is then filled up with conversations to show. So one may come twice, never not at all.
 */
export type Window =
  | { readonly kind: 'all' }
  | { readonly kind: 'limit'; readonly limit: number }
  | { readonly kind: 'page'; readonly page: number; readonly size: number };

export interface ConversationPage {
  readonly conversations: readonly ConversationJson[];
  /** Every change up to here that the query asks for is in this page. */
  readonly completeUpTo: Version;
  /** Whether the window left conversations out. */
  readonly hasMore: boolean;
  /** The cursors could not be continued: this is a full snapshot, to replace what the client has. */
  readonly reset: boolean;
}

export interface FindConversations extends CommunityScope {
  readonly uid: string;
  readonly channels: readonly ChannelKey[];
  readonly messageCount: number;
}

export interface ChannelQuery extends CommunityScope {
  readonly channel: ChannelKey;
  /** Whose right to read is checked; undefined checks nobody's. */
  readonly uid: string | undefined;
}

export interface ListMessages extends CommunityScope {
  readonly uid: string;
  readonly channel: ChannelKey;
  /** Both inclusive. */
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Which end to keep when there are more than `limit`. */
  readonly keep: 'oldest' | 'newest';
  readonly limit: number;
}

export interface MessagePage {
  /** Ascending. */
  readonly messages: MessagesJson;
  readonly hasMore: boolean;
}

export interface ListSubscribers extends CommunityScope {
  readonly channel: ChannelKey;
  /** 0 starts at the first. */
  readonly afterUserId: number;
  readonly limit: number;
}

export interface Subscriber {
  readonly userId: number;
  readonly uid: string;
}

export interface SendMessage extends CommunityScope {
  readonly channel: ChannelKey;
  readonly fromUid: string;
  readonly clientMsgNo: string;
  readonly payload: Uint8Array;
  readonly redDot: boolean;
  readonly setting: number;
  readonly expireSeconds: number;
  /** Whether the sender needs to be a member with the right to send; false trusts the caller. */
  readonly asMember: boolean;
}

export interface SentMessage {
  readonly messageId: number;
  readonly seq: number;
}

export interface ChannelCommand extends CommunityScope {
  readonly channel: ChannelKey;
}

/** Settings of a channel, as WuKongIM names them. Banned and disbanded ones refuse their members' sends. */
export interface ChannelSettings {
  readonly large: boolean;
  readonly ban: boolean;
  readonly disband: boolean;
  readonly sendBan: boolean;
  readonly allowStranger: boolean;
}

export interface PutChannel extends ChannelCommand {
  readonly settings: Partial<ChannelSettings>;
}

export interface ChangeSubscribers extends ChannelCommand {
  readonly uids: readonly string[];
}

export interface UserChannelCommand extends ChannelCommand {
  readonly uid: string;
}

export interface MarkRead extends UserChannelCommand {
  readonly seq: number | undefined;
}

export interface SetUnread extends UserChannelCommand {
  readonly unread: number;
}

export interface PurgeMemberships {
  readonly before: Version;
  readonly limit: number;
}

export interface PurgeMessages {
  readonly limit: number;
}

export interface CreateCommunity {
  readonly name: string;
}
