import type { FastifyReply } from 'fastify';

/** Sends a text that is JSON as it is. */
export function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(json);
}
