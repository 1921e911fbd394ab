import { Chat } from './chat.js';
import { FakeClock } from './fake-clock.js';
import { COMMUNITIES, type Target } from './history.js';
import type { StoreKind } from './opened-store.js';

export interface HistoryWorld extends Target, AsyncDisposable {
  /** In the community of that number. */
  chat(communityId?: number): Chat;
}

/** An empty store with the communities in which histories happen. */
export async function openWorld(kind: StoreKind): Promise<HistoryWorld> {
  const clock = new FakeClock();
  const opened = await kind.open(clock);
  for (const id of COMMUNITIES.slice(1)) await opened.store.createCommunity({ name: `community ${id}` });
  return {
    store: opened.store,
    clock,
    chat: (communityId) => new Chat(opened.store, communityId),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}
