import { createEngine, type Engine } from '../../src/engine/engine.js';
import type { WaiterLimits } from '../../src/engine/waiters.js';
import type { Clock } from '../../src/ports/clock.js';
import type { RoomStore } from '../../src/ports/room-store.js';
import type { Store } from '../../src/ports/store.js';
import type { Timer } from '../../src/ports/timer.js';
import { systemIds, systemTimer } from '../../src/system.js';

const LIMITS: WaiterLimits = { maxWaiters: 1000, maxWaitersPerUser: 100 };

/** For whom any time is up at once. */
export const hastyTimer: Timer = { ...systemTimer, after: (_ms, callback) => systemTimer.after(0, callback) };

export interface TestEngineOptions {
  readonly waiterLimits?: WaiterLimits | undefined;
  readonly timer?: Timer | undefined;
}

/** The engine as the server makes it. */
export function createTestEngine(
  store: Store & RoomStore,
  clock: Clock,
  { waiterLimits = LIMITS, timer = systemTimer }: TestEngineOptions = {},
): Engine {
  return createEngine({ store, clock, ids: systemIds, timer, waiterLimits });
}
