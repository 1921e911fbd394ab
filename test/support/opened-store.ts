import type { Clock } from '../../src/ports/clock.js';
import type { RoomStore } from '../../src/ports/room-store.js';
import type { Store } from '../../src/ports/store.js';

export interface OpenedStore extends AsyncDisposable {
  readonly store: Store & RoomStore;
}

/** A store that tests run on, empty every time it is opened. */
export interface StoreKind<Opened extends OpenedStore = OpenedStore> {
  readonly name: string;
  open(clock: Clock): Promise<Opened>;
}
