import type { FastifyReply } from 'fastify';
import { THRESHOLD_BYTES } from './plugins/compression.js';

/** Sends a text that is JSON as it is, or compressed. */
export function sendJson(reply: FastifyReply, json: string): FastifyReply {
  void reply.type('application/json; charset=utf-8');
  if (json.length < THRESHOLD_BYTES / MAX_BYTES_PER_UNIT) return reply.send(json);
  reply.compress(json);
  return reply;
}

/** Of UTF-8, for each unit of a string's length. */
const MAX_BYTES_PER_UNIT = 3;
