import type { FastifyInstance } from 'fastify';
import { decodeBody } from '../decode-body.js';

/** In place of Fastify's own readers, of which that of JSON takes any bytes for UTF-8 and that of plain text is not wanted. */
export function readJsonBodies(app: FastifyInstance): void {
  // Keys that would be dangerous to merge are ignored like other unknown ones.
  const parseJson = app.getDefaultJsonParser('remove', 'remove');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) =>
    parseJson(request, decodeBody(body), done),
  );
}
