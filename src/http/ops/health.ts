import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import type { Engine } from '../../engine/engine.js';

const ok = Type.Object({ status: Type.Literal('ok') }, { description: 'yes' });
const unavailable = Type.Object({ status: Type.Literal('unavailable') }, { description: 'no' });
const tags = ['Operations'];

const LIVE = {
  operationId: 'isAlive',
  summary: 'Whether the process answers',
  tags,
  response: { 200: ok },
};

const READY = {
  operationId: 'isReady',
  summary: 'Whether the store answers',
  tags,
  response: { 200: ok, 503: unavailable },
};

/** `/health`: the process answers. `/ready`: so does its store. */
export const healthRoutes: FastifyPluginAsyncTypebox<{ readonly engine: Engine }> = async (
  app,
  { engine },
) => {
  app.get('/health', { schema: LIVE }, async () => ({ status: 'ok' as const }));

  app.get('/ready', { schema: READY }, async (request, reply) => {
    try {
      await engine.store.ping();
      return { status: 'ok' as const };
    } catch (error) {
      request.log.warn({ err: error }, 'the store does not answer');
      return reply.code(503).send({ status: 'unavailable' });
    }
  });
};
