import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../domain/errors.js';
import type { Pressure } from '../limits.js';

declare module 'fastify' {
  interface FastifyInstance {
    isOverloaded: (this: void) => boolean;
  }
  interface FastifyContextConfig {
    /** For whatever watches the server: answered under load too, and not counted. */
    isAlwaysAnswered?: boolean;
  }
}

/** Until a measurement is over that does not reach back into the start of the process, which is one long delay. */
const SETTLING_MS = 2000;

/**
 * Refuses requests while the event loop or the heap is at its limit, before anything of them is looked at: to
 * work on all of them would end in none being answered in time, or in no memory for those under way.
 */
export function shedLoad(app: FastifyInstance, { maxEventLoopDelayMs, maxHeapBytes }: Pressure): void {
  let settledAtMs = Infinity;
  app.addHook('onListen', async () => {
    settledAtMs = performance.now() + SETTLING_MS;
  });
  app.decorate('isOverloaded', () => performance.now() > settledAtMs && app.isUnderPressure());
  void app.register(underPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs,
    maxHeapUsedBytes: maxHeapBytes,
    pressureHandler: async ({ routeOptions }) => {
      if (routeOptions.config.isAlwaysAnswered || !app.isOverloaded()) return;
      throw new AppError('UNAVAILABLE', 'the server is overloaded');
    },
  });
}
