import type { ChannelKey } from '../../src/domain/channel.js';
import {
  COUNTED_STATES,
  HEADER_STATE,
  type Poll,
  POLL_STATE,
  type Room,
  type RoomMessage,
  textPayload,
  type User,
} from '../../src/domain/room.js';
import { BEYOND_ALL_VERSIONS, NO_VERSION, type Version } from '../../src/domain/version.js';
import type {
  CreateRoom,
  EditMessage,
  ListRoomMessages,
  ListRooms,
  PostMessage,
  PutUser,
  RoomMessagePage,
  RoomPage,
  RoomStore,
  SetReaction,
  UpdateRoom,
} from '../../src/ports/room-store.js';
import type { SentMessage, Store } from '../../src/ports/store.js';
import { Chat, DEFAULT_COMMUNITY } from './chat.js';

/** The states of messages that a room can show as its last one, by default. */
export const SHOWN_STATES: readonly number[] = [...COUNTED_STATES, HEADER_STATE];

export const ALL_VERSIONS = { from: NO_VERSION, to: BEYOND_ALL_VERSIONS };

type Options<Command> = Partial<Omit<Command, 'communityId' | 'userId' | 'roomId' | 'messageId'>>;
type ListOptions = Partial<Omit<ListRooms, 'communityId' | 'userId'>>;
type MessagesOptions = Partial<Omit<ListRoomMessages, 'communityId' | 'userId' | 'roomId'>>;
interface EditOptions {
  readonly text: string;
  readonly extras?: EditMessage['extras'];
}
type PollOptions = Partial<NonNullable<PostMessage['poll']>>;

/** A store as people use it by rooms: of each operation, only what a test is about. */
export class RoomChat {
  readonly store: Store & RoomStore;
  /** The same store and community, in the other dialect. */
  readonly chat: Chat;
  readonly communityId: number;
  #made = 0;

  constructor(store: Store & RoomStore, communityId: number = DEFAULT_COMMUNITY) {
    this.store = store;
    this.communityId = communityId;
    this.chat = new Chat(store, communityId);
  }

  putUser(uid: string, profile: Omit<PutUser, 'communityId' | 'uid'> = {}): Promise<User> {
    return this.store.putUser({ communityId: this.communityId, uid, ...profile });
  }

  /** Of a user, who comes into being with the question. */
  async userId(uid: string): Promise<number> {
    return (await this.putUser(uid)).id;
  }

  async create(uid: string, options: Options<CreateRoom> = {}): Promise<number> {
    this.#made += 1;
    return this.store.createRoom({
      communityId: this.communityId,
      userId: await this.userId(uid),
      channelId: `room-${this.#made}`,
      roomType: 0,
      title: `Room ${this.#made}`,
      header: '',
      imageUrl: undefined,
      tag: undefined,
      isSecret: false,
      memberUids: [],
      clientMsgNo: `header-${this.#made}`,
      ...options,
    });
  }

  async update(uid: string, roomId: number, changes: Options<UpdateRoom>): Promise<void> {
    return this.store.updateRoom({ ...(await this.#actor(uid)), roomId, ...changes });
  }

  async openDirect(uid: string, peerUid: string): Promise<number> {
    return this.store.openDirectRoom({ ...(await this.#actor(uid)), peer: { uid: peerUid } });
  }

  async post(
    uid: string,
    roomId: number,
    options: Options<PostMessage> & { readonly text?: string } = {},
  ): Promise<SentMessage> {
    this.#made += 1;
    const { text = `post ${this.#made}`, ...others } = options;
    const actor = await this.#actor(uid);
    return this.store.postMessage({
      ...actor,
      roomId,
      clientMsgNo: `post-${this.#made}`,
      payload: textPayload(text),
      state: 0,
      replyToId: undefined,
      extras: {},
      attachments: [],
      poll: undefined,
      widget: undefined,
      ...others,
    });
  }

  /** Posts `count` messages, one after the other; returns their ids. */
  async postMany(uid: string, roomId: number, count: number): Promise<number[]> {
    const ids: number[] = [];
    for (let index = 0; index < count; index += 1) ids.push((await this.post(uid, roomId)).messageId);
    return ids;
  }

  /** Posts a poll; its options are a, b and c where none are given. Returns the id of the message. */
  async postPoll(uid: string, roomId: number, options: PollOptions = {}): Promise<number> {
    const poll = {
      pollType: 0,
      multipleSelectState: 0,
      multipleSelectNo: 1,
      isAnonymous: false,
      allowAddOption: false,
      expiresAtMs: undefined,
      options: ['a', 'b', 'c'],
      ...options,
    };
    return (await this.post(uid, roomId, { state: POLL_STATE, poll })).messageId;
  }

  /** Replaces the text, and the extras that are given. */
  async edit(uid: string, messageId: number, change: string | EditOptions): Promise<void> {
    const { text, extras = {} } = typeof change === 'string' ? { text: change } : change;
    const payload = textPayload(text);
    return this.store.editMessage({ ...(await this.#actor(uid)), messageId, payload, extras });
  }

  async delete(uid: string, ...messageIds: number[]): Promise<void> {
    return this.store.deleteMessages({ ...(await this.#actor(uid)), messageIds });
  }

  async react(uid: string, target: SetReaction['target'], reaction: string | undefined): Promise<void> {
    return this.store.setReaction({ ...(await this.#actor(uid)), target, reaction });
  }

  /** Votes for the options with these texts. */
  async vote(uid: string, messageId: number, ...texts: string[]): Promise<void> {
    const { options } = await this.poll(uid, messageId);
    const optionIds = texts.map((text) => options.find((option) => option.text === text)?.id ?? -1);
    return this.store.votePoll({ ...(await this.#actor(uid)), messageId, optionIds });
  }

  async addOption(uid: string, messageId: number, text: string): Promise<number> {
    return this.store.addPollOption({ ...(await this.#actor(uid)), messageId, text });
  }

  async voters(uid: string, messageId: number, optionId: number): Promise<string[]> {
    const voters = await this.store.listVoters({ ...(await this.#actor(uid)), messageId, optionId });
    return voters.map((voter) => voter.uid).toSorted();
  }

  async setTopic(uid: string, roomId: number, messageId: number): Promise<void> {
    return this.store.setTopic({ ...(await this.#actor(uid)), roomId, messageId });
  }

  async follow(uid: string, roomId: number, value = true): Promise<void> {
    return this.store.setFollowing({ ...(await this.#actor(uid)), roomId, value });
  }

  async mute(uid: string, roomId: number, value = true): Promise<void> {
    return this.store.setMuted({ ...(await this.#actor(uid)), roomId, value });
  }

  async markRead(uid: string, roomId: number): Promise<void> {
    return this.store.markRoomRead({ ...(await this.#actor(uid)), roomId });
  }

  async list(uid: string, options: ListOptions = {}): Promise<RoomPage> {
    return this.store.listRooms({
      ...(await this.#actor(uid)),
      roomTypes: [0, 7, 10],
      range: ALL_VERSIONS,
      order: 'changed',
      messageStates: SHOWN_STATES,
      roomId: undefined,
      tag: undefined,
      page: 1,
      size: 1000,
      ...options,
    });
  }

  /** The ids of the listed rooms, in their order. */
  async ids(uid: string, options: ListOptions = {}): Promise<number[]> {
    return (await this.list(uid, options)).rooms.map(({ id }) => id);
  }

  /** Rooms in which a message counts as the last one whatever its state is, with all that they mention. */
  async page(uid: string, roomId: number): Promise<RoomPage> {
    return this.store.getRoom({ ...(await this.#actor(uid)), roomId });
  }

  async room(uid: string, roomId: number): Promise<Room> {
    const [room] = (await this.page(uid, roomId)).rooms;
    if (!room) throw new Error(`${uid} does not see room ${roomId}`);
    return room;
  }

  async messages(uid: string, roomId: number, options: MessagesOptions = {}): Promise<RoomMessagePage> {
    return this.store.listRoomMessages({
      ...(await this.#actor(uid)),
      roomId,
      range: ALL_VERSIONS,
      order: 'created',
      direction: 'ascending',
      excludedStates: [],
      messageId: undefined,
      page: 1,
      size: 1000,
      ...options,
    });
  }

  /** The seqs of the listed messages, in their order. */
  async seqs(uid: string, roomId: number, options: MessagesOptions = {}): Promise<number[]> {
    return (await this.messages(uid, roomId, options)).messages.map(({ seq }) => seq);
  }

  async messagePage(uid: string, messageId: number): Promise<RoomMessagePage> {
    return this.store.getRoomMessage({ ...(await this.#actor(uid)), messageId });
  }

  async message(uid: string, messageId: number): Promise<RoomMessage> {
    const [message] = (await this.messagePage(uid, messageId)).messages;
    if (!message) throw new Error(`${uid} does not see message ${messageId}`);
    return message;
  }

  async poll(uid: string, messageId: number): Promise<Poll> {
    const { poll } = await this.message(uid, messageId);
    if (!poll) throw new Error(`message ${messageId} is no poll`);
    return poll;
  }

  /** The room that the other dialect knows as `channel`. */
  async idOf(uid: string, channel: ChannelKey): Promise<number> {
    const { rooms } = await this.list(uid);
    const room = rooms.find(({ channel: own }) => own.type === channel.type && own.name === channel.name);
    if (!room) throw new Error(`${uid} does not see ${channel.name}`);
    return room.id;
  }

  /** The last version of the community. */
  position(): Promise<Version> {
    return this.chat.position('____nobody');
  }

  async #actor(uid: string): Promise<{ communityId: number; userId: number }> {
    return { communityId: this.communityId, userId: await this.userId(uid) };
  }
}
