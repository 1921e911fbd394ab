import type { FastifyInstance, FastifyReply } from 'fastify';
import { createApp } from './create-app.js';
import { SendBody, SyncBody } from './request-bodies.js';

/**
 * What the stack alone can do: the same requests, checked by the same schemas, answered with texts that were
 * there before. A reply is found by who asks: the body's uid, or the token.
 */
export function createBare(answers: ReadonlyMap<string, string>): FastifyInstance {
  const app = createApp();
  const answer = (reply: FastifyReply, asker: string): FastifyReply =>
    reply.type('application/json; charset=utf-8').send(answers.get(asker));
  app.post<{ Body: { uid: string } }>(
    '/conversation/sync',
    { schema: { body: SyncBody } },
    (request, reply) => answer(reply, request.body.uid),
  );
  app.post<{ Body: { from_uid: string } }>(
    '/message/send',
    { schema: { body: SendBody } },
    (request, reply) => answer(reply, request.body.from_uid),
  );
  for (const path of ['/conversation/sync', '/chatroom/sync']) {
    app.get(path, ({ headers }, reply) => answer(reply, headers.authorization ?? ''));
  }
  return app;
}
