import type { Community, PollRules, Room, RoomMessage, User } from '../domain/room.js';
import type { Version } from '../domain/version.js';
import type { CommunityScope, SentMessage } from './store.js';

/**
 * The part of the storage contract behind the Kettle dialect. The words of `Store` hold here too: one
 * method is one atomic operation, one snapshot; writes are durable when they resolve, and take a version
 * when they change something. What changes a message or a room moves the room's version, so that clients
 * of both dialects hear of it.
 *
 * Errors, unless a comment says otherwise: NOT_FOUND for a message or option that does not exist,
 * PERMISSION_DENIED for a room that does not exist or that the user is not a member of (one and the same, so
 * that nobody learns of rooms by asking) and for what the user may not do in it. A deleted message takes no
 * edits, reactions or votes: CONFLICT.
 */
export interface RoomStore {
  /** The rooms that a user follows, one page of them. */
  listRooms(query: ListRooms): Promise<RoomPage>;

  /** The messages of one room, one page of them, whatever their state: also deleted ones. */
  listRoomMessages(query: ListRoomMessages): Promise<RoomMessagePage>;

  /** One message as its reader sees it, with everything it refers to. */
  getRoomMessage(query: RoomMessageQuery): Promise<RoomMessagePage>;

  /** One room as its reader sees it. Its last message is the newest in any state. */
  getRoom(query: RoomQuery): Promise<RoomPage>;

  /** Finds a community by the SHA-256 of its API key, in hex. */
  findCommunityByKey(apiKeyHash: string): Promise<Community | undefined>;

  /** Gives a community another API key; the former one is then invalid. NOT_FOUND if there is none. */
  setApiKey(command: SetApiKey): Promise<void>;

  findCommunity(communityId: number): Promise<Community | undefined>;

  /** By uid or by id; undefined when there is none. */
  findUser(query: UserQuery): Promise<User | undefined>;

  /** Creates a user, or changes what is given of his profile. */
  putUser(command: PutUser): Promise<User>;

  /** Creates a room (a channel of type 2), its creator and the others its members, and its header message. */
  createRoom(command: CreateRoom): Promise<number>;

  /** Changes what is given. Only its creator or a manager may. */
  updateRoom(command: UpdateRoom): Promise<void>;

  /** The direct room of two users, made with both memberships if need be. NOT_FOUND when the peer is. */
  openDirectRoom(command: OpenDirectRoom): Promise<number>;

  /**
   * Appends a message, like `sendMessage` as a member. In an announcement room only managers may. A
   * `replyToId` must be in the same room: else INVALID_ARGUMENT, field `replied_conversation_id`.
   */
  postMessage(command: PostMessage): Promise<SentMessage>;

  /** Replaces the text of a message. Only its author may. A poll's text too. */
  editMessage(command: EditMessage): Promise<void>;

  /** Deletes messages, all or none of them. Only their author or a manager may. Again: no effect. */
  deleteMessages(command: DeleteMessages): Promise<void>;

  /** Sets, replaces or (undefined) takes back the user's one reaction to a message, or to the room itself. */
  setReaction(command: SetReaction): Promise<void>;

  /**
   * Adds an option to a poll that allows it; returns its id.
   * @throws PERMISSION_DENIED when it does not; CONFLICT when the poll has ended
   */
  addPollOption(command: AddPollOption): Promise<number>;

  /**
   * Replaces the user's votes.
   * @throws CONFLICT when the poll has ended; INVALID_ARGUMENT (field `polls`) when the number of options is
   * not what the poll asks for, or one is not of this poll
   */
  votePoll(command: VotePoll): Promise<void>;

  /** Who voted for an option; nobody, when the poll is anonymous. */
  listVoters(query: ListVoters): Promise<User[]>;

  /** Pins a message of the room as its topic. Any member may. */
  setTopic(command: SetTopic): Promise<void>;

  /**
   * Follows a room or stops following it. Following makes a member of one who is not, unless the room is
   * secret or direct.
   */
  setFollowing(command: SetRoomFlag): Promise<void>;

  setMuted(command: SetRoomFlag): Promise<void>;

  /** Marks everything in a room as read, as `markRead`. */
  markRoomRead(command: RoomCommand): Promise<void>;
}

export interface RoomQuery extends CommunityScope {
  /** Who reads. */
  readonly userId: number;
  readonly roomId: number;
}

/** Who acts, in which room. */
export type RoomCommand = RoomQuery;

/** Bounds of time as versions, both inclusive. */
export interface VersionRange {
  readonly from: Version;
  readonly to: Version;
}

export interface ListRooms extends CommunityScope, Page {
  readonly userId: number;
  readonly roomTypes: readonly number[];
  /** Of the time by which rooms are ordered. */
  readonly range: VersionRange;
  /**
   * `changed`: by the room's version; `lastMessage`: by the version at which its last message was stored. Newest
   * first, both. A room without a last message is left out.
   */
  readonly order: 'changed' | 'lastMessage';
  /** In which states a message can be a room's last one. */
  readonly messageStates: readonly number[];
  readonly roomId: number | undefined;
  readonly tag: string | undefined;
}

/**
 * Pages are cut as `Window` says of `page`: an offset also counts rows that have left the list or have moved
 * out of the range since, so that whatever changes while pages are turned, none is missed. A row may come
 * twice. Past the end a page is empty; it is shorter than `size` only at the end.
 */
export interface Page {
  /** From 1. */
  readonly page: number;
  readonly size: number;
}

export interface ListRoomMessages extends RoomQuery, Page {
  /** Of a message's `updatedVersion`, whatever the order. */
  readonly range: VersionRange;
  /**
   * `updated` by updatedVersion, `created` by seq. By updatedVersion and ascending, only each page is in order by
   * itself: the pages are cut by seq, in which nothing moves while they are turned.
   */
  readonly order: 'updated' | 'created';
  readonly direction: 'ascending' | 'descending';
  readonly excludedStates: readonly number[];
  /** Only this one. NOT_FOUND when it is not a message of the room. */
  readonly messageId: number | undefined;
}

export interface RoomMessageQuery extends CommunityScope {
  readonly userId: number;
  readonly messageId: number;
}

/** Rows, and everything they refer to: no id in a row is missing in `references`. */
export interface RoomPage {
  readonly rooms: readonly Room[];
  readonly references: References;
}

export interface RoomMessagePage {
  readonly room: Room;
  readonly messages: readonly RoomMessage[];
  readonly references: References;
  readonly roomReactions: RoomMessage['reactions'];
}

export interface References {
  readonly community: Community;
  /** Creators, peers, authors, who deleted, who reacted, who added a poll's option. */
  readonly users: readonly User[];
  /** Last, last seen, topic and replied-to messages. Their own replies are not followed: replyToId is undefined. */
  readonly messages: readonly RoomMessage[];
}

export type UserQuery = CommunityScope & ({ readonly uid: string } | { readonly id: number });

export interface SetApiKey extends CommunityScope {
  readonly apiKeyHash: string;
}

export interface PutUser extends CommunityScope {
  readonly uid: string;
  readonly name?: string | undefined;
  readonly imageUrl?: string | undefined;
  readonly isGuest?: boolean | undefined;
  readonly isManager?: boolean | undefined;
}

export interface CreateRoom extends CommunityScope {
  readonly userId: number;
  /** The id under which the other dialect knows the channel; must be new. */
  readonly channelId: string;
  readonly roomType: number;
  readonly title: string;
  readonly header: string;
  readonly imageUrl: string | undefined;
  readonly tag: string | undefined;
  readonly isSecret: boolean;
  readonly memberUids: readonly string[];
  /** The client_msg_no of the header message. */
  readonly clientMsgNo: string;
}

export interface UpdateRoom extends RoomCommand {
  readonly title?: string | undefined;
  readonly header?: string | undefined;
  readonly imageUrl?: string | undefined;
  readonly tag?: string | undefined;
}

export interface OpenDirectRoom extends CommunityScope {
  readonly userId: number;
  readonly peer: { readonly uid: string } | { readonly id: number };
}

export interface PostMessage extends RoomCommand {
  readonly clientMsgNo: string;
  readonly payload: Uint8Array;
  readonly state: number;
  readonly replyToId: number | undefined;
  readonly extras: Readonly<Record<string, unknown>>;
  readonly attachments: readonly Readonly<Record<string, unknown>>[];
  readonly poll: (PollRules & { readonly options: readonly string[] }) | undefined;
  readonly widget: { readonly id: string; readonly metadata: Readonly<Record<string, unknown>> } | undefined;
}

export interface EditMessage extends CommunityScope {
  readonly userId: number;
  readonly messageId: number;
  readonly payload: Uint8Array;
  /** Replaces the keys that it names; undefined values remove them. */
  readonly extras: Readonly<Record<string, unknown>>;
}

export interface DeleteMessages extends CommunityScope {
  readonly userId: number;
  readonly messageIds: readonly number[];
}

export interface SetReaction extends CommunityScope {
  readonly userId: number;
  readonly target: { readonly messageId: number } | { readonly roomId: number };
  readonly reaction: string | undefined;
}

export interface AddPollOption extends CommunityScope {
  readonly userId: number;
  readonly messageId: number;
  readonly text: string;
}

export interface VotePoll extends CommunityScope {
  readonly userId: number;
  readonly messageId: number;
  readonly optionIds: readonly number[];
}

export interface ListVoters extends CommunityScope {
  readonly userId: number;
  readonly messageId: number;
  readonly optionId: number;
}

export interface SetTopic extends RoomCommand {
  readonly messageId: number;
}

export interface SetRoomFlag extends RoomCommand {
  readonly value: boolean;
}
