import { describe } from 'vitest';
import type { Store } from '../../src/ports/store.js';
import { Chat } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';
import { storeKinds } from '../support/stores.js';

/** One store, empty, with what a test of the contract needs around it. */
export interface World extends AsyncDisposable {
  readonly store: Store;
  readonly clock: FakeClock;
  /** In community 1. */
  readonly chat: Chat;
  /** In a new community. */
  readonly createChat: () => Promise<Chat>;
}

/**
 * Runs a suite on every store. The contract is what `src/ports/store.ts` says; the stores that pass all
 * suites in this folder can take each other's place.
 */
export function describeEveryStore(topic: string, suite: (open: () => Promise<World>) => void): void {
  for (const kind of storeKinds) {
    describe(`${topic}, ${kind.name}`, () => {
      suite(async () => {
        const clock = new FakeClock();
        const opened = await kind.open(clock);
        const { store } = opened;
        return {
          store,
          clock,
          chat: new Chat(store),
          createChat: async () => new Chat(store, await store.createCommunity({ name: 'another' })),
          [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
        };
      });
    });
  }
}
