import { showsResults } from '../domain/poll-results.js';
import type { User } from '../domain/room.js';
import type { ListVoters } from '../ports/room-store.js';
import type { Engine } from './engine.js';

/** Who voted for an option; nobody, while the asker is not shown the results, since these are the results. */
export async function listVoters({ store, clock }: Engine, query: ListVoters): Promise<User[]> {
  const voters = await store.listVoters(query);
  const [message] = (await store.getRoomMessage(query)).messages;
  return message?.poll !== undefined && showsResults(message.poll, clock.nowMs()) ? voters : [];
}
