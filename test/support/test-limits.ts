import { defaultPressure, NO_RATES, TIMEOUTS, type Limits } from '../../src/http/limits.js';

/**
 * Those that a server has on a loopback address; only that how late timers come is not looked at, as
 * tests keep the event loop of their server busy, and the machine as well.
 */
export const TEST_LIMITS: Limits = {
  rates: NO_RATES,
  pressure: { ...defaultPressure(), maxEventLoopDelayMs: 0 },
  timeouts: TIMEOUTS,
  maxConnections: 1000,
  trustedProxies: [],
};
