import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What nginx writes for a client that left before it was answered; nobody is sent it. */
const CLIENT_LEFT = 499;

/** Of the logger, at which these lines are written. */
const LEVELS: ReadonlySet<string> = new Set(['trace', 'debug', 'info']);

/**
 * One line a request. It names the route and not the URL, and nothing of headers or bodies, so that a log
 * holds no message, no token and no uid.
 */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    logWhenDone(request, reply);
    done();
  });
}

/** For a request that Fastify answers without its hooks. */
export function logWhenDone(request: FastifyRequest, reply: FastifyReply): void {
  if (!LEVELS.has(request.log.level)) return;
  const startMs = performance.now();
  reply.raw.once('close', () => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? '(none)',
        status: reply.raw.headersSent ? reply.statusCode : CLIENT_LEFT,
        durationMs: Math.round((performance.now() - startMs) * 1000) / 1000,
      },
      'request',
    );
  });
}
