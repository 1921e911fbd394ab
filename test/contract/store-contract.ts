import { describe } from 'vitest';
import type { RoomStore } from '../../src/ports/room-store.js';
import type { Store } from '../../src/ports/store.js';
import { Chat } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';
import { RoomChat } from '../support/room-chat.js';
import { storeKinds } from '../support/stores.js';

/** One store, empty, with what a test of the contract needs around it. */
export interface World extends AsyncDisposable {
  readonly store: Store & RoomStore;
  readonly clock: FakeClock;
  /** In community 1. */
  readonly chat: Chat;
  /** The same by rooms. */
  readonly rooms: RoomChat;
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
        const rooms = new RoomChat(store);
        return {
          store,
          clock,
          rooms,
          chat: rooms.chat,
          createChat: async () => new Chat(store, await store.createCommunity({ name: 'another' })),
          [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
        };
      });
    });
  }
}
