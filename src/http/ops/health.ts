import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import type { FastifyRequest } from 'fastify';
import type { Engine } from '../../engine/engine.js';

const Status = Type.Object({ status: Type.String() });

const RETRY_AFTER_SECONDS = 1;

const ALWAYS_ANSWERED = { isAlwaysAnswered: true };

/** `/health`: the process answers. `/ready`: so does its store, and requests are taken. */
export const healthRoutes: FastifyPluginAsyncTypebox<{ readonly engine: Engine }> = async (
  app,
  { engine },
) => {
  const schema = { response: { 200: Status, 503: Status } };

  app.get('/health', { schema, config: ALWAYS_ANSWERED }, async () => ({ status: 'ok' }));

  app.get('/ready', { schema, config: ALWAYS_ANSWERED }, async (request, reply) => {
    if (await isReady(request)) return { status: 'ok' };
    return reply.code(503).header('Retry-After', RETRY_AFTER_SECONDS).send({ status: 'unavailable' });
  });

  async function isReady({ server, log }: FastifyRequest): Promise<boolean> {
    if (server.isOverloaded()) return false;
    try {
      await engine.store.ping();
      return true;
    } catch (error) {
      log.warn({ err: error }, 'the store does not answer');
      return false;
    }
  }
};
