import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import type { FastifyRequest } from 'fastify';
import type { Engine } from '../../engine/engine.js';
import { RETRY_AFTER_SECONDS } from '../plugins/retry-after.js';

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
  summary: 'Whether the store answers, and requests are taken',
  tags,
  response: { 200: ok, 503: unavailable },
};

const ALWAYS_ANSWERED = { isAlwaysAnswered: true };

/** `/health`: the process answers. `/ready`: so does its store, and requests are taken. */
export const healthRoutes: FastifyPluginAsyncTypebox<{ readonly engine: Engine }> = async (
  app,
  { engine },
) => {
  app.get('/health', { schema: LIVE, config: ALWAYS_ANSWERED }, async () => ({ status: 'ok' as const }));

  app.get('/ready', { schema: READY, config: ALWAYS_ANSWERED }, async (request, reply) => {
    if (await isReady(request)) return { status: 'ok' as const };
    return reply
      .code(503)
      .header('Retry-After', RETRY_AFTER_SECONDS)
      .send({ status: 'unavailable' as const });
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
