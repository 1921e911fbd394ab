import type { FastifyReply } from 'fastify';
import { THRESHOLD_BYTES } from './plugins/compression.js';

/** Sends a text that is JSON, or its bytes, as it is, or compressed. */
export function sendJson(reply: FastifyReply, json: string | Buffer): FastifyReply {
  void reply.type('application/json; charset=utf-8');
  const maxBytes = typeof json === 'string' ? json.length * MAX_BYTES_PER_UNIT : json.length;
  if (maxBytes < THRESHOLD_BYTES) return reply.send(json);
  reply.compress(json);
  return reply;
}

/** Of UTF-8, for each unit of a string's length. */
const MAX_BYTES_PER_UNIT = 3;
