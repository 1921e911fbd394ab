import type { FastifyInstance } from 'fastify';

/**
 * One line a request. It names the route and not the URL, and nothing of headers or bodies, so that a log
 * holds no message, no token and no uid.
 */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? '(none)',
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
      },
      'request',
    );
  });
}
