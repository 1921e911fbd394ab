import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { isIdentifier } from './domain/identifier.js';
import type { Engine } from './engine/engine.js';
import { healthRoutes } from './http/ops/health.js';
import { endConnectionsOnClose } from './http/plugins/end-connections-on-close.js';
import type { Credentials } from './http/plugins/principal.js';
import { logRequests } from './http/plugins/request-log.js';
import { handleError, handleNotFound } from './http/wukong/errors.js';
import type { MessagesKey } from './http/wukong/options.js';
import { wukong } from './http/wukong/wukong.js';

export interface AppDeps {
  readonly engine: Engine;
  readonly credentials: Credentials;
  readonly messagesKey: MessagesKey;
  readonly logger: FastifyBaseLogger;
}

const BODY_LIMIT_BYTES = 1024 * 1024;

/** The whole HTTP server, not yet listening. Tests run this one too. */
export function buildApp({ engine, credentials, messagesKey, logger }: AppDeps): FastifyInstance {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    frameworkErrors: handleError,
    ajv: {
      // Take values as they are: neither turn "5" into 5, nor drop keys, nor fill in defaults.
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allowUnionTypes: true,
        formats: { identifier: isIdentifier },
      },
    },
  });
  logRequests(app);
  endConnectionsOnClose(app);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  void app.register(healthRoutes, { engine });
  void app.register(wukong, { engine, messagesKey, credentials });
  return app;
}
