import type { ConversationPage } from '../ports/store.js';
import type { Engine } from './engine.js';
import { syncConversations, type SyncConversations } from './sync-conversations.js';

export interface Patience {
  readonly maxMs: number;
  /** Calls back once when nobody is there any more to take the answer. */
  readonly onGone: (callback: () => void) => void;
}

/**
 * What one user's client needs to catch up with the server. If that is nothing and the client has patience,
 * the answer waits until there is something, or until the time is up.
 */
export function awaitConversations(
  engine: Engine,
  input: SyncConversations,
  patience: Patience | undefined,
): ConversationPage | Promise<ConversationPage> {
  return patience ? awaitNews(engine, input, patience) : syncConversations(engine, input);
}

async function awaitNews(
  engine: Engine,
  input: SyncConversations,
  patience: Patience,
): Promise<ConversationPage> {
  const page = await syncConversations(engine, input);
  return isNews(page) ? page : waitForNews(engine, input, patience);
}

/**
 * Whatever is committed after the topics are watched wakes the waiter, and whatever was committed before is
 * in the page that is read then. So nothing can come to pass in between.
 */
async function waitForNews(
  engine: Engine,
  input: SyncConversations,
  { maxMs, onGone }: Patience,
): Promise<ConversationPage> {
  const { store, waiters } = engine;
  const waiter = waiters.enter(input, maxMs);
  onGone(() => waiter.end());
  try {
    for (;;) {
      waiters.watch(waiter, await store.listTopics(input));
      const page = await syncConversations(engine, input);
      if (isNews(page) || !(await waiter.next())) return page;
    }
  } finally {
    waiters.leave(waiter);
  }
}

function isNews({ conversations, reset }: ConversationPage): boolean {
  return reset || conversations.length > 0;
}
