import { createEngine, type Engine } from '../../src/engine/engine.js';
import type { WaiterLimits } from '../../src/engine/waiters.js';
import type { Clock } from '../../src/ports/clock.js';
import type { RoomStore } from '../../src/ports/room-store.js';
import type { Store } from '../../src/ports/store.js';
import { systemIds, systemTimer } from '../../src/system.js';

const LIMITS: WaiterLimits = { maxWaiters: 1000, maxWaitersPerUser: 100 };

/** The engine as the server makes it. */
export function createTestEngine(store: Store & RoomStore, clock: Clock, limits = LIMITS): Engine {
  return createEngine({ store, clock, ids: systemIds, timer: systemTimer, waiterLimits: limits });
}
