import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify';
import { readVersion } from './config/version.js';
import { isIdentifier } from './domain/identifier.js';
import type { Engine } from './engine/engine.js';
import { kettle } from './http/kettle/kettle.js';
import type { KettleSettings } from './http/kettle/options.js';
import { serverOptions, type Limits } from './http/limits.js';
import { healthRoutes } from './http/ops/health.js';
import { describeApi } from './http/ops/openapi.js';
import { compressReplies } from './http/plugins/compression.js';
import { endConnectionsOnClose } from './http/plugins/end-connections-on-close.js';
import { allowAllOrigins } from './http/plugins/cors.js';
import { readJsonBodies } from './http/plugins/json-bodies.js';
import { trustChecker, type Credentials } from './http/plugins/principal.js';
import { limitRates } from './http/plugins/rate-limits.js';
import { logRequests, logWhenDone } from './http/plugins/request-log.js';
import { SECURITY_HEADERS, sendSecurityHeaders } from './http/plugins/security-headers.js';
import { shedLoad } from './http/plugins/shed-load.js';
import { answerUnknownRoutes } from './http/unknown-routes.js';
import { handleClientError, handleError } from './http/wukong/errors.js';
import type { MessagesKey } from './http/wukong/options.js';
import { wukong } from './http/wukong/wukong.js';

export interface AppDeps {
  readonly engine: Engine;
  readonly credentials: Credentials;
  readonly messagesKey: MessagesKey;
  readonly kettle: KettleSettings;
  readonly limits: Limits;
  readonly logger: FastifyBaseLogger;
}

/** Takes values as they are: neither turns "5" into 5, nor drops keys, nor fills in defaults. */
const VALIDATION = {
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
  allowUnionTypes: true,
  formats: { identifier: isIdentifier },
} as const;

/** The whole HTTP server, not yet listening. Tests run this one too. */
export function buildApp(deps: AppDeps): FastifyInstance {
  const { engine, credentials, messagesKey, limits, logger } = deps;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    ...serverOptions(limits),
    frameworkErrors: (error, request, reply) => {
      logWhenDone(request, reply);
      reply.headers(SECURITY_HEADERS);
      handleError(error, request, reply);
    },
    clientErrorHandler: handleClientError,
    ajv: { customOptions: VALIDATION },
  });
  app.server.maxConnections = limits.maxConnections;
  logRequests(app);
  sendSecurityHeaders(app);
  allowAllOrigins(app);
  shedLoad(app, limits.pressure);
  limitRates(app, { rates: limits.rates, isTrusted: trustChecker(credentials), userOf });
  compressReplies(app);
  endConnectionsOnClose(app);
  app.addHook('preClose', async () => engine.waiters.close());
  describeApi(app, { version: readVersion() });
  app.setErrorHandler(handleError);
  answerUnknownRoutes(app);
  readJsonBodies(app);
  void app.register(healthRoutes, { engine });
  void app.register(wukong, { engine, messagesKey, credentials });
  void app.register(kettle, { engine, jwtSecret: credentials.jwtSecret, ...deps.kettle });
  return app;
}

/** Of either dialect, once it knows; so one user has one limit. */
function userOf({ principal, reader }: Partial<FastifyRequest>): string | undefined {
  if (principal?.kind === 'user') return `${principal.communityId}:${principal.uid}`;
  return reader && `${reader.communityId}:${reader.user.uid}`;
}
