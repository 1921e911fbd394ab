import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../domain/errors.js';
import type { Rates } from '../limits.js';

interface RateLimitsOptions {
  readonly rates: Rates;
  /** Whether a request may do everything, which needs to be known before it is authenticated. */
  readonly isTrusted: (request: FastifyRequest) => boolean;
  /** A name for the user on whose behalf an authenticated request acts; undefined for anyone else. */
  readonly userOf: (request: FastifyRequest) => string | undefined;
}

type Count = ReturnType<FastifyInstance['createRateLimit']>;

const MINUTE_MS = 60_000;

/** Of users, and of addresses. Who asked longest ago is forgotten first, and so never one who asks too much. */
const MAX_COUNTED = 20_000;

/**
 * Limits how many requests an address and a user may send in a minute. Loopback addresses are not limited.
 *
 * Addresses come first, before credentials are looked at, so that those cannot be tried without end. Trusted
 * requests are not counted, as a backend sends for all of its users; but where an address has used up its
 * number they are refused as well, or else the answer would tell which admin key is the right one.
 */
export function limitRates(app: FastifyInstance, { rates, isTrusted, userOf }: RateLimitsOptions): void {
  if (rates.perAddress === 0 && rates.perUser === 0) return;
  void app.register(rateLimit, { global: false }).after(() => {
    if (rates.perAddress > 0) limitAddresses(app, rates.perAddress, isTrusted);
    if (rates.perUser > 0) limitUsers(app, rates.perUser, userOf);
  });
}

function limitAddresses(app: FastifyInstance, max: number, isTrusted: RateLimitsOptions['isTrusted']): void {
  const count = app.createRateLimit(countUpTo(max));
  app.addHook('onRequest', async (request, reply) => {
    if (isExempt(request)) return;
    admit(await count(request, { increment: !isTrusted(request) }), reply, 'this address');
  });
}

/** In the phase after that in which the dialects find out who asks. */
function limitUsers(app: FastifyInstance, max: number, userOf: RateLimitsOptions['userOf']): void {
  const keyGenerator = (request: FastifyRequest): string => userOf(request) ?? '';
  const count = app.createRateLimit({ ...countUpTo(max), keyGenerator });
  app.addHook('preParsing', async (request, reply) => {
    if (userOf(request) === undefined || isExempt(request)) return;
    admit(await count(request), reply, 'this user');
  });
}

function countUpTo(max: number): RateLimitOptions {
  return { max, timeWindow: MINUTE_MS, cache: MAX_COUNTED };
}

/** Names the limit in the headers, and refuses what is beyond it. */
function admit(status: Awaited<ReturnType<Count>>, reply: FastifyReply, whose: string): void {
  if (status.isAllowed) return;
  const { max, remaining, ttlInSeconds, isExceeded } = status;
  reply.headers({
    'RateLimit-Limit': max,
    'RateLimit-Remaining': remaining,
    'RateLimit-Reset': ttlInSeconds,
  });
  if (!isExceeded) return;
  throw new AppError('RESOURCE_EXHAUSTED', `more than ${max} requests a minute come from ${whose}`, {
    retryAfterSeconds: Math.max(1, ttlInSeconds),
  });
}

function isExempt({ ip, routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.isAlwaysAnswered === true || /^(::1$|(::ffff:)?127\.)/.test(ip);
}
