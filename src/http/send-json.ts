import type { FastifyReply } from 'fastify';

/** Sends a text that is JSON, or its bytes, as it is. */
export function sendJson(reply: FastifyReply, json: string | Uint8Array): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(json);
}
