import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import type { Engine } from '../../engine/engine.js';

const Status = Type.Object({ status: Type.String() });

/** `/health`: the process answers. `/ready`: so does its store. */
export const healthRoutes: FastifyPluginAsyncTypebox<{ readonly engine: Engine }> = async (
  app,
  { engine },
) => {
  app.get('/health', { schema: { response: { 200: Status } } }, async () => ({ status: 'ok' }));

  app.get('/ready', { schema: { response: { 200: Status, 503: Status } } }, async (request, reply) => {
    try {
      await engine.store.ping();
      return { status: 'ok' };
    } catch (error) {
      request.log.warn({ err: error }, 'the store does not answer');
      return reply.code(503).send({ status: 'unavailable' });
    }
  });
};
