import { getHeapStatistics } from 'node:v8';
import type { FastifyHttpOptions } from 'fastify';
import type { Server } from 'node:http';

/** What one client may take of the server, and when the server has had enough of all of them. */
export interface Limits {
  readonly rates: Rates;
  readonly pressure: Pressure;
  readonly timeouts: Timeouts;
  /** Open at a time; further ones are closed at once. */
  readonly maxConnections: number;
  /** Addresses and CIDR ranges of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
}

/** In requests a minute; 0 is no limit. */
export interface Rates {
  readonly perUser: number;
  readonly perAddress: number;
}

/** Beyond these, requests are refused; 0 is no limit. */
export interface Pressure {
  /** By how much timers come late, as a mean over a second. */
  readonly maxEventLoopDelayMs: number;
  readonly maxHeapBytes: number;
}

export interface Timeouts {
  /** From the beginning of a connection or of a request until its headers are here. */
  readonly headersMs: number;
  /** Until its body is here too. How long the answer takes does not count. */
  readonly requestMs: number;
  /** Without a byte in either direction, while a request is answered too. */
  readonly idleMs: number;
  /** Between two requests. */
  readonly keepAliveMs: number;
  /** How often the first two are looked at. */
  readonly checkMs: number;
}

export const NO_RATES: Rates = { perUser: 0, perAddress: 0 };

const BODY_MAX_BYTES = 1024 * 1024;

/** Of the URL and the headers together. */
const HEADERS_MAX_BYTES = 16 * 1024;

/** A body of 1 MiB gets through at 140 kbit/s. Phones poll every 30 seconds, or have a request held for 60. */
export const TIMEOUTS: Timeouts = {
  headersMs: 20_000,
  requestMs: 60_000,
  idleMs: 90_000,
  keepAliveMs: 75_000,
  checkMs: 5000,
};

/** A second of delay is when phones begin to give up and ask again. */
export function defaultPressure(): Pressure {
  return { maxEventLoopDelayMs: 1000, maxHeapBytes: Math.floor(0.8 * getHeapStatistics().heap_size_limit) };
}

/** The same as options of Fastify and of Node's server. */
export function serverOptions({ timeouts, trustedProxies }: Limits): FastifyHttpOptions<Server> {
  return {
    bodyLimit: BODY_MAX_BYTES,
    // A request that has arrived is answered, also while the server closes.
    return503OnClosing: false,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    connectionTimeout: timeouts.idleMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    requestTimeout: timeouts.requestMs,
    http: {
      maxHeaderSize: HEADERS_MAX_BYTES,
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      connectionsCheckingInterval: timeouts.checkMs,
    },
  };
}
