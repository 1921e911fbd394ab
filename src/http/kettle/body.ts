import type { FastifyInstance, FastifyRequest } from 'fastify';
import { decodeBody } from '../decode-body.js';
import { refused, isObject, type Params } from './parameters.js';

/** Of what is kept as it came; without a bound, writing it out again could exhaust the stack. */
const MAX_DEPTH = 32;

/**
 * Reads bodies by what they are, not by what they are labelled: the JavaScript SDK sends JSON text as
 * application/x-www-form-urlencoded, others send no label or no body at all. What is not JSON is read as
 * form fields under that label, and refused under any other.
 */
export function readBodiesLeniently(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) =>
    parseBody(decodeBody(body), request.headers['content-type'] ?? ''),
  );
}

function parseBody(text: string, contentType: string): Params {
  if (text.trim() === '') return {};
  const value = parseJson(text);
  if (value === null) return {};
  if (isDeeperThan(MAX_DEPTH, value))
    throw refused('body', `the body must not be nested beyond ${MAX_DEPTH}`);
  if (isObject(value)) return value;
  if (value === undefined && contentType.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  throw refused('body', 'the body must be a JSON object');
}

/** Undefined for what is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDeeperThan(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(depth - 1, inner));
}
