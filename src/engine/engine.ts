import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { RoomStore } from '../ports/room-store.js';
import type { Store } from '../ports/store.js';
import type { Timer } from '../ports/timer.js';
import { Waiters, type WaiterLimits } from './waiters.js';

/** What the use cases work with. */
export interface Engine {
  readonly store: Store & RoomStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly waiters: Waiters;
}

interface EngineParts {
  readonly store: Store & RoomStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly timer: Timer;
  readonly waiterLimits: WaiterLimits;
}

export function createEngine({ store, clock, ids, timer, waiterLimits }: EngineParts): Engine {
  const waiters = new Waiters(timer, waiterLimits);
  store.watch((change) => waiters.wake(change));
  return { store, clock, ids, waiters };
}

/** A channel as one user names it: of a person channel, `channelId` is the peer's uid. */
export interface UserChannel {
  readonly communityId: number;
  readonly uid: string;
  readonly channelId: string;
  readonly channelType: number;
}

/** A channel that is not a person channel, by its id. */
export interface GroupChannel {
  readonly communityId: number;
  readonly channelId: string;
  readonly channelType: number;
}
