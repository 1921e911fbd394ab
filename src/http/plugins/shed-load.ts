import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../domain/errors.js';
import type { Pressure } from '../limits.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For whatever watches the server: answered under load too, and not counted. */
    isAlwaysAnswered?: boolean;
  }
}

/**
 * Refuses requests while the event loop or the heap is at its limit, before anything of them is looked at: to
 * work on all of them would end in none being answered in time, or in no memory for those under way.
 */
export function shedLoad(app: FastifyInstance, { maxEventLoopDelayMs, maxHeapBytes }: Pressure): void {
  void app.register(underPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs,
    maxHeapUsedBytes: maxHeapBytes,
    pressureHandler: async ({ routeOptions }) => {
      if (!routeOptions.config.isAlwaysAnswered)
        throw new AppError('UNAVAILABLE', 'the server is overloaded');
    },
  });
}
