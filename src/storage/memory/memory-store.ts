import { type ConversationJson, toConversationJson } from '../../domain/conversation-json.js';
import { AppError } from '../../domain/errors.js';
import type { Community as CommunityProfile, User } from '../../domain/room.js';
import type { Topic } from '../../domain/topic.js';
import { NO_VERSION } from '../../domain/version.js';
import type { ChangeBus, ChangeListener } from '../../ports/change.js';
import type { Clock } from '../../ports/clock.js';
import type * as Rooms from '../../ports/room-store.js';
import type * as Port from '../../ports/store.js';
import {
  addSubscribers,
  deleteChannel,
  deleteConversation,
  markRead,
  putChannel,
  removeSubscribers,
  setUnread,
} from './memory-channels.js';
import { listConversations, toConversation } from './memory-conversations.js';
import { deleteMessages, editMessage, postMessage, setReaction } from './memory-message-writes.js';
import { getLastSeq, listMessages, listSubscribers, sendMessage } from './memory-messages.js';
import { addPollOption, listVoters, votePoll } from './memory-polls.js';
import { findUser, putUser, setApiKey } from './memory-profiles.js';
import { purgeMemberships, purgeMessages } from './memory-purge.js';
import { getRoomMessage, listRoomMessages } from './memory-room-messages.js';
import {
  createRoom,
  markRoomRead,
  openDirectRoom,
  setFollowing,
  setMuted,
  setTopic,
  updateRoom,
} from './memory-room-writes.js';
import { getRoom, listRooms } from './memory-rooms.js';
import { Community } from './memory-state.js';
import { listTopics, topicsSince } from './memory-topics.js';

/**
 * The storage contract in its most obvious form: maps, loops, and every count made afresh. It is the model
 * that the other stores are tested against, and serves programs that want a server which keeps nothing.
 */
export class MemoryStore implements Port.Store, Rooms.RoomStore {
  readonly #clock: Clock;
  readonly #changes: ChangeBus;
  readonly #communities = new Map([[1, new Community({ id: 1, name: 'default', createdAtMs: 0 })]]);

  constructor({ clock, changes }: { readonly clock: Clock; readonly changes: ChangeBus }) {
    this.#clock = clock;
    this.#changes = changes;
  }

  async listConversations(query: Port.ListConversations): Promise<Port.ConversationPage> {
    return listConversations(this.#readable(query), this.#clock.nowMs(), query);
  }

  async findConversations(query: Port.FindConversations): Promise<(ConversationJson | undefined)[]> {
    const community = this.#readable(query);
    const { uid, channels, messageCount } = query;
    return channels.map((key) => {
      const channel = community.findChannel(key);
      const membership = channel?.members.get(uid);
      if (!channel || !membership?.isMember) return undefined;
      const nothing = { after: NO_VERSION, hasUpTo: NO_VERSION, knownSeq: undefined };
      return toConversationJson(toConversation(channel, membership, { ...nothing, messageCount }), uid);
    });
  }

  async listMessages(query: Port.ListMessages): Promise<Port.MessagePage> {
    return listMessages(this.#readable(query), query);
  }

  async getLastSeq(query: Port.ChannelQuery): Promise<number> {
    return getLastSeq(this.#readable(query), query);
  }

  async listSubscribers(query: Port.ListSubscribers): Promise<Port.Subscriber[]> {
    return listSubscribers(this.#readable(query), query);
  }

  async listTopics(query: Port.UserScope): Promise<Topic[]> {
    return listTopics(this.#readable(query), query.uid);
  }

  watch(listener: ChangeListener): void {
    this.#changes.subscribe(listener);
  }

  async hasCommunity(communityId: number): Promise<boolean> {
    return this.#communities.has(communityId);
  }

  async createCommunity({ name }: Port.CreateCommunity): Promise<number> {
    const id = this.#communities.size + 1;
    this.#communities.set(id, new Community({ id, name, createdAtMs: this.#clock.nowMs() }));
    return id;
  }

  async sendMessage(command: Port.SendMessage): Promise<Port.SentMessage> {
    return this.#write(sendMessage, command);
  }

  async putChannel(command: Port.PutChannel): Promise<void> {
    return this.#write(putChannel, command);
  }

  async addSubscribers(command: Port.ChangeSubscribers): Promise<void> {
    return this.#write(addSubscribers, command);
  }

  async removeSubscribers(command: Port.ChangeSubscribers): Promise<void> {
    return this.#write(removeSubscribers, command);
  }

  async deleteChannel(command: Port.ChannelCommand): Promise<void> {
    return this.#write(deleteChannel, command);
  }

  async markRead(command: Port.MarkRead): Promise<void> {
    return this.#write(markRead, command);
  }

  async setUnread(command: Port.SetUnread): Promise<void> {
    return this.#write(setUnread, command);
  }

  async deleteConversation(command: Port.UserChannelCommand): Promise<void> {
    return this.#write(deleteConversation, command);
  }

  async purgeMemberships(command: Port.PurgeMemberships): Promise<number> {
    return purgeMemberships(this.#communities.values(), command);
  }

  async purgeMessages(command: Port.PurgeMessages): Promise<number> {
    return purgeMessages(this.#communities.values(), command);
  }

  async listRooms(query: Rooms.ListRooms): Promise<Rooms.RoomPage> {
    return listRooms(this.#get(query), query);
  }

  async listRoomMessages(query: Rooms.ListRoomMessages): Promise<Rooms.RoomMessagePage> {
    return listRoomMessages(this.#get(query), query);
  }

  async getRoomMessage(query: Rooms.RoomMessageQuery): Promise<Rooms.RoomMessagePage> {
    return getRoomMessage(this.#get(query), query);
  }

  async getRoom(query: Rooms.RoomQuery): Promise<Rooms.RoomPage> {
    return getRoom(this.#get(query), query);
  }

  async listVoters(query: Rooms.ListVoters): Promise<User[]> {
    return listVoters(this.#get(query), query);
  }

  async findCommunityByKey(apiKeyHash: string): Promise<CommunityProfile | undefined> {
    return [...this.#communities.values()].find((community) => community.apiKeyHash === apiKeyHash)?.profile;
  }

  async setApiKey(command: Rooms.SetApiKey): Promise<void> {
    setApiKey(this.#communities.values(), command);
  }

  async findCommunity(communityId: number): Promise<CommunityProfile | undefined> {
    return this.#communities.get(communityId)?.profile;
  }

  async findUser(query: Rooms.UserQuery): Promise<User | undefined> {
    return findUser(this.#communities.get(query.communityId), query);
  }

  async putUser(command: Rooms.PutUser): Promise<User> {
    return this.#write(putUser, command);
  }

  async createRoom(command: Rooms.CreateRoom): Promise<number> {
    return this.#write(createRoom, command);
  }

  async updateRoom(command: Rooms.UpdateRoom): Promise<void> {
    return this.#write(updateRoom, command);
  }

  async openDirectRoom(command: Rooms.OpenDirectRoom): Promise<number> {
    return this.#write(openDirectRoom, command);
  }

  async postMessage(command: Rooms.PostMessage): Promise<Port.SentMessage> {
    return this.#write(postMessage, command);
  }

  async editMessage(command: Rooms.EditMessage): Promise<void> {
    return this.#write(editMessage, command);
  }

  async deleteMessages(command: Rooms.DeleteMessages): Promise<void> {
    return this.#write(deleteMessages, command);
  }

  async setReaction(command: Rooms.SetReaction): Promise<void> {
    return this.#write(setReaction, command);
  }

  async addPollOption(command: Rooms.AddPollOption): Promise<number> {
    return this.#write(addPollOption, command);
  }

  async votePoll(command: Rooms.VotePoll): Promise<void> {
    return this.#write(votePoll, command);
  }

  async setTopic(command: Rooms.SetTopic): Promise<void> {
    return this.#write(setTopic, command);
  }

  async setFollowing(command: Rooms.SetRoomFlag): Promise<void> {
    return this.#write(setFollowing, command);
  }

  async setMuted(command: Rooms.SetRoomFlag): Promise<void> {
    return this.#write(setMuted, command);
  }

  async markRoomRead(command: Rooms.RoomCommand): Promise<void> {
    return this.#write(markRoomRead, command);
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  #readable({ communityId }: Port.CommunityScope): Community {
    return this.#communities.get(communityId) ?? new Community({ id: communityId, name: '', createdAtMs: 0 });
  }

  #get({ communityId }: Port.CommunityScope): Community {
    const community = this.#communities.get(communityId);
    if (community) return community;
    throw new AppError('NOT_FOUND', `community ${communityId} does not exist`);
  }

  #write<Command extends Port.CommunityScope, Result>(
    operation: (community: Community, command: Command, nowMs: number) => Result,
    command: Command,
  ): Result {
    const community = this.#get(command);
    const before = { version: community.lastVersion, users: community.users.size };
    const result = operation(community, command, this.#clock.nowMs());
    const topics = topicsSince(community, before);
    const { communityId } = command;
    this.#changes.publish({ communityId, after: before.version, upTo: community.lastVersion, topics });
    return result;
  }
}
