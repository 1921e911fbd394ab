import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/**
 * Web clients of either dialect may be served from anywhere; who they are is in their headers, never in a cookie.
 *
 * The plugin answers preflights, in a scope of its own, so that it need not look at other requests. What those
 * are told is the same for all of them, and only for browsers, which say where a page comes from.
 */
export function allowAllOrigins(app: FastifyInstance): void {
  void app.register(async (preflights) => {
    await preflights.register(cors, {
      origin: '*',
      methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      allowedHeaders: ALLOWED_HEADERS,
      maxAge: PREFLIGHT_VALID_SECONDS,
      // An OPTIONS that is no preflight is answered like one.
      strictPreflight: false,
    });
  });
  app.addHook('onRequest', ({ headers }, reply, done) => {
    if (headers.origin !== undefined) {
      reply.header('access-control-allow-origin', '*');
      reply.header('access-control-expose-headers', EXPOSED_HEADERS);
    }
    done();
  });
}

const EXPOSED_HEADERS = [
  'X-Sync-Version',
  'X-Sync-Has-More',
  'X-Sync-Reset',
  'Retry-After',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
].join(', ');

const PREFLIGHT_VALID_SECONDS = 24 * 60 * 60;

/** What the shipped SDKs of both dialects send. */
const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'token',
  'x-accept-version',
  'x-api-key',
  'x-api-version',
  'x-device-id',
  'x-member-id',
  'x-password',
  'x-platform-code',
  'x-platform-type',
  'x-sdk-source',
  'x-username',
  'x-version-code',
];
