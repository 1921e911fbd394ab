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
import { findUser } from '../sql/profiles.js';
import { getRoomMessage, listRoomMessages } from './list-room-messages.js';
import { getRoom, listRooms } from './list-rooms.js';
import { listVoters } from './list-voters.js';
import { PostgresAccess } from './postgres-access.js';
import { findCommunity, findCommunityByKey } from './profiles.js';

/** The part of the store behind the Kettle dialect. */
export abstract class PostgresRoomStore extends PostgresAccess implements RoomStore {
  listRooms(query: ListRooms): Promise<RoomPage> {
    return this.read((sql) => listRooms(sql, query));
  }

  listRoomMessages(query: ListRoomMessages): Promise<RoomMessagePage> {
    return this.read((sql) => listRoomMessages(sql, query));
  }

  getRoomMessage(query: RoomMessageQuery): Promise<RoomMessagePage> {
    return this.read((sql) => getRoomMessage(sql, query));
  }

  getRoom(query: RoomQuery): Promise<RoomPage> {
    return this.read((sql) => getRoom(sql, query));
  }

  listVoters(query: ListVoters): Promise<User[]> {
    return this.read((sql) => listVoters(sql, query));
  }

  findCommunityByKey(apiKeyHash: string): Promise<Community | undefined> {
    return this.readOne((sql) => findCommunityByKey(sql, apiKeyHash));
  }

  findCommunity(id: number): Promise<Community | undefined> {
    return this.readOne((sql) => findCommunity(sql, id));
  }

  findUser(query: UserQuery): Promise<User | undefined> {
    return this.readOne((sql) => sql.follow(findUser(query)));
  }
}
