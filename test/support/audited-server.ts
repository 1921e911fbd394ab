import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance, InjectOptions, RouteOptions } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../src/app.js';
import type { Engine } from '../../src/engine/engine.js';
import type { SqliteDatabase } from '../../src/storage/sqlite/open-database.js';
import { systemClock } from '../../src/system.js';
import { DescribedApi, type GivenReply, type Operation } from './described-api.js';
import { ADMIN_KEY, JWT_SECRET } from './server.js';
import { volatileSqliteKind } from './stores.js';
import { createTestEngine, hastyTimer } from './test-engine.js';
import { toJson } from './wukong-client.js';
import { TEST_LIMITS } from './test-limits.js';

/** The app that ships, without a socket, whose every reply is held against its own description. */
export interface AuditedServer extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly engine: Engine;
  readonly database: SqliteDatabase;
  /** As they were registered, those for HEAD and OPTIONS too. */
  readonly routes: readonly RouteOptions[];
  readonly api: DescribedApi;
  send(request: SentRequest): Promise<GivenReply>;
  /** Of the reply that came last; undefined when it is as described, and all of what it was written from. */
  findFault(operation: Operation, reply: GivenReply): string | undefined;
}

export interface SentRequest {
  readonly method: string;
  /** With its query string, as it is. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is. */
  readonly body?: object | string | undefined;
}

export async function startAudited(auth: 'open' | 'required'): Promise<AuditedServer> {
  const opened = await volatileSqliteKind.open(systemClock);
  const { store, database } = opened;
  const engine = createTestEngine(store, systemClock, { timer: hastyTimer });
  const app = buildApp({
    engine,
    messagesKey: 'both',
    kettle: { overlapSeconds: 0, accessTokenMinutes: 60, refreshTokenDays: 31 },
    credentials: { auth, jwtSecret: JWT_SECRET, apiKey: ADMIN_KEY },
    limits: TEST_LIMITS,
    logger: pino({ level: 'silent' }),
  });
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => void routes.push(route));
  /** What the last reply was written from. */
  let payload: unknown;
  app.addHook('preSerialization', async (_request, _reply, given) => (payload = given));
  const api = new DescribedApi((await app.inject('/openapi.json')).body);
  return {
    app,
    engine,
    database,
    routes,
    api,
    send: async ({ method, url, headers = {}, body }) => {
      payload = undefined;
      const text = typeof body === 'object' ? JSON.stringify(body) : body;
      const reply = await app.inject({
        method,
        url,
        headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(text !== undefined && { payload: text }),
      } as InjectOptions);
      return { status: reply.statusCode, headers: reply.headers, text: reply.body };
    },
    findFault: (operation, reply) => {
      const fault = api.faultOf(operation, reply);
      if (fault !== undefined || payload === undefined) return fault;
      // A serializer leaves out what its schema does not name, and bends what it names otherwise.
      const isWhole = isDeepStrictEqual(JSON.parse(toJson(payload)), JSON.parse(reply.text));
      return isWhole ? undefined : `written from ${toJson(payload)}`;
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}
