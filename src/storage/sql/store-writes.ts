import type { User } from '../../domain/room.js';
import type {
  AddPollOption,
  CreateRoom,
  DeleteMessages,
  EditMessage,
  OpenDirectRoom,
  PostMessage,
  PutUser,
  RoomCommand,
  RoomStore,
  SetApiKey,
  SetReaction,
  SetRoomFlag,
  SetTopic,
  UpdateRoom,
  VotePoll,
} from '../../ports/room-store.js';
import type {
  ChangeSubscribers,
  ChannelCommand,
  CreateCommunity,
  MarkRead,
  PurgeMemberships,
  PurgeMessages,
  PutChannel,
  SendMessage,
  SentMessage,
  SetUnread,
  Store,
  UserChannelCommand,
} from '../../ports/store.js';
import type { CommandOf, OperationName, ResultOf, WRITE_OPERATIONS } from './write-operations.js';
import type { WriteQueue } from './write-queue.js';

/** The writes of a store, each by its name: they are collected and committed in groups. */
export abstract class StoreWrites implements Pick<Store & RoomStore, keyof typeof WRITE_OPERATIONS> {
  protected readonly writer: WriteQueue;

  protected constructor(writer: WriteQueue) {
    this.writer = writer;
  }

  createCommunity(command: CreateCommunity): Promise<number> {
    return this.#write('createCommunity', command);
  }

  sendMessage(command: SendMessage): Promise<SentMessage> {
    return this.#write('sendMessage', command);
  }

  putChannel(command: PutChannel): Promise<void> {
    return this.#write('putChannel', command);
  }

  addSubscribers(command: ChangeSubscribers): Promise<void> {
    return this.#write('addSubscribers', command);
  }

  removeSubscribers(command: ChangeSubscribers): Promise<void> {
    return this.#write('removeSubscribers', command);
  }

  deleteChannel(command: ChannelCommand): Promise<void> {
    return this.#write('deleteChannel', command);
  }

  markRead(command: MarkRead): Promise<void> {
    return this.#write('markRead', command);
  }

  setUnread(command: SetUnread): Promise<void> {
    return this.#write('setUnread', command);
  }

  deleteConversation(command: UserChannelCommand): Promise<void> {
    return this.#write('deleteConversation', command);
  }

  purgeMemberships(command: PurgeMemberships): Promise<number> {
    return this.#write('purgeMemberships', command);
  }

  purgeMessages(command: PurgeMessages): Promise<number> {
    return this.#write('purgeMessages', command);
  }

  setApiKey(command: SetApiKey): Promise<void> {
    return this.#write('setApiKey', command);
  }

  putUser(command: PutUser): Promise<User> {
    return this.#write('putUser', command);
  }

  createRoom(command: CreateRoom): Promise<number> {
    return this.#write('createRoom', command);
  }

  updateRoom(command: UpdateRoom): Promise<void> {
    return this.#write('updateRoom', command);
  }

  openDirectRoom(command: OpenDirectRoom): Promise<number> {
    return this.#write('openDirectRoom', command);
  }

  postMessage(command: PostMessage): Promise<SentMessage> {
    return this.#write('postMessage', command);
  }

  editMessage(command: EditMessage): Promise<void> {
    return this.#write('editMessage', command);
  }

  deleteMessages(command: DeleteMessages): Promise<void> {
    return this.#write('deleteMessages', command);
  }

  setReaction(command: SetReaction): Promise<void> {
    return this.#write('setReaction', command);
  }

  addPollOption(command: AddPollOption): Promise<number> {
    return this.#write('addPollOption', command);
  }

  votePoll(command: VotePoll): Promise<void> {
    return this.#write('votePoll', command);
  }

  setTopic(command: SetTopic): Promise<void> {
    return this.#write('setTopic', command);
  }

  setFollowing(command: SetRoomFlag): Promise<void> {
    return this.#write('setFollowing', command);
  }

  setMuted(command: SetRoomFlag): Promise<void> {
    return this.#write('setMuted', command);
  }

  markRoomRead(command: RoomCommand): Promise<void> {
    return this.#write('markRoomRead', command);
  }

  #write<Name extends OperationName>(operation: Name, command: CommandOf<Name>): Promise<ResultOf<Name>> {
    return this.writer.run(operation, command);
  }
}
