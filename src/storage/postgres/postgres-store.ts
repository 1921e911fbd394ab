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
import { findConversations, listConversations } from './list-conversations.js';
import { getLastSeq, listMessages, listSubscribers, listTopics } from './list-messages.js';
import { PostgresRoomStore } from './postgres-room-store.js';

/** The store in a PostgreSQL database, which any number of processes on any number of machines may share. */
export class PostgresStore extends PostgresRoomStore implements Store {
  async listConversations(query: ListConversations): Promise<ConversationPage> {
    const { replica } = this;
    const there = await replica?.listConversations(query);
    const { page, last } =
      there ?? (await this.readOne((sql) => listConversations(sql, query, this.clock.nowMs())));
    replica?.learn(query.communityId, last);
    return page;
  }

  findConversations(query: FindConversations): Promise<(ConversationJson | undefined)[]> {
    return this.readOne((sql) => findConversations(sql, query));
  }

  listMessages(query: ListMessages): Promise<MessagePage> {
    return this.readOne((sql) => listMessages(sql, query));
  }

  getLastSeq(query: ChannelQuery): Promise<number> {
    return this.readOne((sql) => getLastSeq(sql, query));
  }

  listSubscribers(query: ListSubscribers): Promise<Subscriber[]> {
    return this.readOne((sql) => listSubscribers(sql, query));
  }

  listTopics(query: UserScope): Promise<Topic[]> {
    return this.readOne((sql) => listTopics(sql, query));
  }

  watch(listener: ChangeListener): void {
    this.changes.subscribe(listener);
  }

  async hasCommunity(id: number): Promise<boolean> {
    const query = 'SELECT 1 FROM communities WHERE id = @id';
    return (await this.readOne((sql) => sql.get(query, { id }))) !== undefined;
  }

  async ping(): Promise<void> {
    await this.readOne((sql) => sql.get('SELECT 1', {}));
  }
}
