import type { FastifyInstance } from 'fastify';

/**
 * What a browser is told of every answer: it is data of one caller, to be neither kept, framed, guessed at nor
 * run. Pages of all origins may read it, as CORS says. HSTS is left to whoever speaks TLS in front of this
 * server, since browsers ignore it over plain HTTP. These are the headers of @fastify/helmet for an API; it
 * would put them together anew for each request.
 */
export const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

/** To be called before any other hook is added, as one of those may answer. */
export function sendSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    done();
  });
}
