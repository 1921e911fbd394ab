import type { ConversationJson } from '../../domain/conversation-json.js';
import type { Topic } from '../../domain/topic.js';
import type { ChangeListener } from '../../ports/change.js';
import type {
  ChangeSubscribers,
  ChannelCommand,
  ChannelQuery,
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
  UserScope,
} from '../../ports/store.js';
import {
  answerFromMemory,
  answerQuietly,
  findConversations,
  listConversations,
} from './list-conversations.js';
import { getLastSeq, listMessages, listSubscribers } from './list-messages.js';
import { SqliteRoomStore } from './sqlite-room-store.js';
import { listTopics } from './topics.js';

/** The store in one SQLite file. */
export class SqliteStore extends SqliteRoomStore implements Store {
  async listConversations(query: ListConversations): Promise<ConversationPage> {
    const { quietUsers, clock } = this;
    const remembered = answerFromMemory(quietUsers, query);
    if (remembered) return remembered;
    const nowMs = clock.nowMs();
    return (
      this.readOne((sql) => answerQuietly({ sql, quietUsers, nowMs }, query)) ??
      this.read((sql) => listConversations({ sql, quietUsers, nowMs }, query))
    );
  }

  async findConversations(query: FindConversations): Promise<(ConversationJson | undefined)[]> {
    return this.read((sql) => findConversations(sql, query));
  }

  async listMessages(query: ListMessages): Promise<MessagePage> {
    return this.read((sql) => listMessages(sql, query));
  }

  async getLastSeq(query: ChannelQuery): Promise<number> {
    return this.read((sql) => getLastSeq(sql, query));
  }

  async listSubscribers(query: ListSubscribers): Promise<Subscriber[]> {
    return this.read((sql) => listSubscribers(sql, query));
  }

  async listTopics(query: UserScope): Promise<Topic[]> {
    return this.read((sql) => listTopics(sql, query));
  }

  watch(listener: ChangeListener): void {
    this.changes.subscribe(listener);
  }

  async hasCommunity(id: number): Promise<boolean> {
    return this.read((sql) => sql.get('SELECT 1 FROM communities WHERE id = @id', { id }) !== undefined);
  }

  createCommunity(command: CreateCommunity): Promise<number> {
    return this.write('createCommunity', command);
  }

  sendMessage(command: SendMessage): Promise<SentMessage> {
    return this.write('sendMessage', command);
  }

  putChannel(command: PutChannel): Promise<void> {
    return this.write('putChannel', command);
  }

  addSubscribers(command: ChangeSubscribers): Promise<void> {
    return this.write('addSubscribers', command);
  }

  removeSubscribers(command: ChangeSubscribers): Promise<void> {
    return this.write('removeSubscribers', command);
  }

  deleteChannel(command: ChannelCommand): Promise<void> {
    return this.write('deleteChannel', command);
  }

  markRead(command: MarkRead): Promise<void> {
    return this.write('markRead', command);
  }

  setUnread(command: SetUnread): Promise<void> {
    return this.write('setUnread', command);
  }

  deleteConversation(command: UserChannelCommand): Promise<void> {
    return this.write('deleteConversation', command);
  }

  purgeMemberships(command: PurgeMemberships): Promise<number> {
    return this.write('purgeMemberships', command);
  }

  purgeMessages(command: PurgeMessages): Promise<number> {
    return this.write('purgeMessages', command);
  }

  async ping(): Promise<void> {
    this.read((sql) => sql.get('SELECT 1', {}));
  }

  async close(): Promise<void> {
    await this.writer.close();
    this.database.close();
  }
}
