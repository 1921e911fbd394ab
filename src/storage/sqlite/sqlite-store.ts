import type { ConversationJson } from '../../domain/conversation-json.js';
import type { Topic } from '../../domain/topic.js';
import type { ChangeListener } from '../../ports/change.js';
import type {
  ChannelQuery,
  ConversationPage,
  FindConversations,
  ListConversations,
  ListMessages,
  ListSubscribers,
  MessagePage,
  Store,
  Subscriber,
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
  listConversations(query: ListConversations): ConversationPage | Promise<ConversationPage> {
    return answerFromMemory(this.quietUsers, query) ?? this.#readConversations(query);
  }

  async #readConversations(query: ListConversations): Promise<ConversationPage> {
    const { quietUsers, clock } = this;
    const nowMs = clock.nowMs();
    return (
      this.readOne((sql) => answerQuietly({ sql, quietUsers, nowMs }, query)) ??
      this.read((sql) => listConversations({ sql, quietUsers, nowMs }, query))
    );
  }

  async findConversations(query: FindConversations): Promise<(ConversationJson | undefined)[]> {
    return this.readOne((sql) => findConversations(sql, query));
  }

  async listMessages(query: ListMessages): Promise<MessagePage> {
    return this.read((sql) => listMessages(sql, query));
  }

  async getLastSeq(query: ChannelQuery): Promise<number> {
    return this.readOne((sql) => getLastSeq(sql, query));
  }

  async listSubscribers(query: ListSubscribers): Promise<Subscriber[]> {
    return this.readOne((sql) => listSubscribers(sql, query));
  }

  async listTopics(query: UserScope): Promise<Topic[]> {
    return this.read((sql) => listTopics(sql, query));
  }

  watch(listener: ChangeListener): void {
    this.changes.subscribe(listener);
  }

  async hasCommunity(id: number): Promise<boolean> {
    return this.readOne((sql) => sql.get('SELECT 1 FROM communities WHERE id = @id', { id }) !== undefined);
  }

  async ping(): Promise<void> {
    this.readOne((sql) => sql.get('SELECT 1', {}));
  }

  async close(): Promise<void> {
    await this.writer.close();
    this.database.close();
  }
}
