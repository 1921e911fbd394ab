import type { FastifyInstance } from 'fastify';

/**
 * What a browser is told of every answer: it is data of one caller, to be neither kept, framed, guessed at nor
 * run. Pages of all origins may read it, as CORS says. HSTS is left to whoever speaks TLS in front of this
 * server, since browsers ignore it over plain HTTP.
 */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;

/** To be called before any other hook is added, as one of those may answer. */
export function sendSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    done();
  });
}
