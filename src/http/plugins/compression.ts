import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';

/** Below this, what is saved is less than a network packet. */
export const THRESHOLD_BYTES = 1024;

/** What is compressed without handing it to another thread, as that would take longer than doing it. */
const SYNC_THRESHOLD_BYTES = 16 * 1024;

/**
 * Lists of conversations repeat their keys, so they become a tenth to a fifteenth, whatever the effort. The least effort
 * takes a third of the time of the middle one, and makes them a quarter larger.
 */
const BROTLI_QUALITY = 1;
const GZIP_LEVEL = 1;

/**
 * Compresses replies for clients that accept it: texts that are sent by `sendJson`, and those of routes with
 * `compress`. The others are short, and need not be looked at.
 */
export function compressReplies(app: FastifyInstance): void {
  void app.register(compress, {
    global: false,
    globalDecompression: false,
    encodings: ['br', 'gzip'],
    threshold: THRESHOLD_BYTES,
    syncThreshold: SYNC_THRESHOLD_BYTES,
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    zlibOptions: { level: GZIP_LEVEL },
  });
}
