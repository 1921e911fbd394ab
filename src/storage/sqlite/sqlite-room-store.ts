import type { Community, User } from '../../domain/room.js';
import type {
  AddPollOption,
  CreateRoom,
  DeleteMessages,
  EditMessage,
  ListRoomMessages,
  ListRooms,
  ListVoters,
  OpenDirectRoom,
  PostMessage,
  PutUser,
  RoomCommand,
  RoomMessagePage,
  RoomMessageQuery,
  RoomPage,
  RoomQuery,
  RoomStore,
  SetApiKey,
  SetReaction,
  SetRoomFlag,
  SetTopic,
  UpdateRoom,
  UserQuery,
  VotePoll,
} from '../../ports/room-store.js';
import type { SentMessage } from '../../ports/store.js';
import { getRoomMessage, listRoomMessages } from './list-room-messages.js';
import { getRoom, listRooms } from './list-rooms.js';
import { listVoters } from './list-voters.js';
import { findCommunity, findCommunityByKey, findUser } from './profiles.js';
import { SqliteAccess } from './sqlite-access.js';

/** The part of the store behind the Kettle dialect. */
export abstract class SqliteRoomStore extends SqliteAccess implements RoomStore {
  async listRooms(query: ListRooms): Promise<RoomPage> {
    return this.read((sql) => listRooms(sql, query));
  }

  async listRoomMessages(query: ListRoomMessages): Promise<RoomMessagePage> {
    return this.read((sql) => listRoomMessages(sql, query));
  }

  async getRoomMessage(query: RoomMessageQuery): Promise<RoomMessagePage> {
    return this.read((sql) => getRoomMessage(sql, query));
  }

  async getRoom(query: RoomQuery): Promise<RoomPage> {
    return this.read((sql) => getRoom(sql, query));
  }

  async findCommunityByKey(apiKeyHash: string): Promise<Community | undefined> {
    return this.read((sql) => findCommunityByKey(sql, apiKeyHash));
  }

  async findCommunity(id: number): Promise<Community | undefined> {
    return this.read((sql) => findCommunity(sql, id));
  }

  async findUser(query: UserQuery): Promise<User | undefined> {
    return this.read((sql) => findUser(sql, query));
  }

  async listVoters(query: ListVoters): Promise<User[]> {
    return this.read((sql) => listVoters(sql, query));
  }

  setApiKey(command: SetApiKey): Promise<void> {
    return this.write('setApiKey', command);
  }

  putUser(command: PutUser): Promise<User> {
    return this.write('putUser', command);
  }

  createRoom(command: CreateRoom): Promise<number> {
    return this.write('createRoom', command);
  }

  updateRoom(command: UpdateRoom): Promise<void> {
    return this.write('updateRoom', command);
  }

  openDirectRoom(command: OpenDirectRoom): Promise<number> {
    return this.write('openDirectRoom', command);
  }

  postMessage(command: PostMessage): Promise<SentMessage> {
    return this.write('postMessage', command);
  }

  editMessage(command: EditMessage): Promise<void> {
    return this.write('editMessage', command);
  }

  deleteMessages(command: DeleteMessages): Promise<void> {
    return this.write('deleteMessages', command);
  }

  setReaction(command: SetReaction): Promise<void> {
    return this.write('setReaction', command);
  }

  addPollOption(command: AddPollOption): Promise<number> {
    return this.write('addPollOption', command);
  }

  votePoll(command: VotePoll): Promise<void> {
    return this.write('votePoll', command);
  }

  setTopic(command: SetTopic): Promise<void> {
    return this.write('setTopic', command);
  }

  setFollowing(command: SetRoomFlag): Promise<void> {
    return this.write('setFollowing', command);
  }

  setMuted(command: SetRoomFlag): Promise<void> {
    return this.write('setMuted', command);
  }

  markRoomRead(command: RoomCommand): Promise<void> {
    return this.write('markRoomRead', command);
  }
}
