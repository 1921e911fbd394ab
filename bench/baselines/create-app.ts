import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { isIdentifier } from '../../src/domain/identifier.js';

/** Fastify with the options of the server that are felt in every request, and with nothing on top. */
export function createApp(): FastifyInstance {
  return Fastify({
    logger: { level: 'warn' },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1024 * 1024,
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allowUnionTypes: true,
        formats: { identifier: isIdentifier },
      },
    },
  });
}
