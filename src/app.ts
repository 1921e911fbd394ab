import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { readVersion } from './config/version.js';
import { isIdentifier } from './domain/identifier.js';
import type { Engine } from './engine/engine.js';
import { kettle } from './http/kettle/kettle.js';
import type { KettleSettings } from './http/kettle/options.js';
import { healthRoutes } from './http/ops/health.js';
import { describeApi } from './http/ops/openapi.js';
import { endConnectionsOnClose } from './http/plugins/end-connections-on-close.js';
import { allowAllOrigins } from './http/plugins/cors.js';
import type { Credentials } from './http/plugins/principal.js';
import { logRequests, logWhenDone } from './http/plugins/request-log.js';
import { answerUnknownRoutes } from './http/unknown-routes.js';
import { handleClientError, handleError } from './http/wukong/errors.js';
import type { MessagesKey } from './http/wukong/options.js';
import { wukong } from './http/wukong/wukong.js';

export interface AppDeps {
  readonly engine: Engine;
  readonly credentials: Credentials;
  readonly messagesKey: MessagesKey;
  readonly kettle: KettleSettings;
  readonly logger: FastifyBaseLogger;
}

const BODY_LIMIT_BYTES = 1024 * 1024;

/** The whole HTTP server, not yet listening. Tests run this one too. */
export function buildApp(deps: AppDeps): FastifyInstance {
  const { engine, credentials, messagesKey, logger } = deps;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    // Keys that would be dangerous to merge are ignored like other unknown ones.
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
    frameworkErrors: (error, request, reply) => {
      logWhenDone(request, reply);
      handleError(error, request, reply);
    },
    clientErrorHandler: handleClientError,
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
  allowAllOrigins(app);
  endConnectionsOnClose(app);
  app.addHook('preClose', async () => engine.waiters.close());
  describeApi(app, { version: readVersion() });
  app.setErrorHandler(handleError);
  answerUnknownRoutes(app);
  // Fastify reads plain text without being asked; here everything but JSON is refused.
  app.removeContentTypeParser('text/plain');
  void app.register(healthRoutes, { engine });
  void app.register(wukong, { engine, messagesKey, credentials });
  void app.register(kettle, { engine, jwtSecret: credentials.jwtSecret, ...deps.kettle });
  return app;
}
