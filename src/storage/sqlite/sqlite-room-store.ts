import type { Community, User } from '../../domain/room.js';
import type {
  ListRoomMessages,
  ListRooms,
  ListVoters,
  RoomMessagePage,
  RoomMessageQuery,
  RoomPage,
  RoomQuery,
  RoomStore,
  UserQuery,
} from '../../ports/room-store.js';
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
    return this.readOne((sql) => findCommunityByKey(sql, apiKeyHash));
  }

  async findCommunity(id: number): Promise<Community | undefined> {
    return this.readOne((sql) => findCommunity(sql, id));
  }

  async findUser(query: UserQuery): Promise<User | undefined> {
    return this.readOne((sql) => findUser(sql, query));
  }

  async listVoters(query: ListVoters): Promise<User[]> {
    return this.read((sql) => listVoters(sql, query));
  }
}
