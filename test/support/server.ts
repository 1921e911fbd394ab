import type { AddressInfo } from 'node:net';
import { createSigner } from 'fast-jwt';
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../src/app.js';
import type { Engine } from '../../src/engine/engine.js';
import { kettle } from '../../src/http/kettle/kettle.js';
import type { WaiterLimits } from '../../src/engine/waiters.js';
import type { KettleSettings } from '../../src/http/kettle/options.js';
import type { MessagesKey } from '../../src/http/wukong/options.js';
import type { Clock } from '../../src/ports/clock.js';
import type { Limits } from '../../src/http/limits.js';
import { TEST_LIMITS } from './test-limits.js';
import type { RoomStore } from '../../src/ports/room-store.js';
import type { Store } from '../../src/ports/store.js';
import type { Timer } from '../../src/ports/timer.js';
import { systemClock } from '../../src/system.js';
import { createTestEngine } from './test-engine.js';
import type { StoreKind } from './opened-store.js';
import { serverKind } from './stores.js';
import { WukongClient } from './wukong-client.js';

export const ADMIN_KEY = 'the-admin-key-of-the-tests';
export const JWT_SECRET = 'the-jwt-secret-of-the-tests-is-long-enough';

const KETTLE: KettleSettings = { overlapSeconds: 0, accessTokenMinutes: 60, refreshTokenDays: 31 };

export interface ServerOptions {
  readonly kind?: StoreKind;
  readonly auth?: 'open' | 'required';
  readonly messagesKey?: MessagesKey;
  readonly clock?: Clock;
  /** What to do to the app before it listens. */
  readonly prepare?: (app: FastifyInstance) => void;
  /** In place of those that tests have otherwise. */
  readonly limits?: Partial<Limits>;
  /** Methods to put in place of the store's own. */
  readonly override?: Partial<Store & RoomStore>;
  readonly waiterLimits?: WaiterLimits;
  readonly timer?: Timer;
}

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly app: FastifyInstance;
  readonly engine: Engine;
  /** Without credentials. */
  readonly client: WukongClient;
  readonly admin: WukongClient;
  /** With a user token. */
  as(uid: string, claims?: Claims): WukongClient;
  /** Every route but Kettle's, as it was registered; without those for HEAD and OPTIONS that plugins add. */
  readonly routes: readonly RouteOptions[];
  /** Every route but Kettle's that the router knows, wherever it comes from, as `GET /health`. */
  readonly routeNames: readonly string[];
  /** What was logged so far, line by line. */
  logs(): LogLine[];
}

export type Claims = Readonly<Record<string, unknown>>;
export type LogLine = Readonly<Record<string, unknown>>;

/** The app that ships, on a socket of its own, until the end of the block that holds it by `await using`. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const { kind = serverKind, auth = 'open', messagesKey = 'messages', clock = systemClock, limits } = options;
  const opened = await kind.open(clock);
  const store = withMethods(opened.store, options.override ?? {});
  const engine = createTestEngine(store, clock, options);
  const lines: string[] = [];
  const app = buildApp({
    engine,
    messagesKey,
    kettle: KETTLE,
    limits: { ...TEST_LIMITS, ...limits },
    credentials: {
      auth,
      jwtSecret: JWT_SECRET,
      apiKey: ADMIN_KEY,
    },
    logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
  });
  const all = collectRoutes(app);
  options.prepare?.(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const others = new Set((await listKettleRoutes(engine)).map(nameOf));
  const routes = all.filter((route) => !others.has(nameOf(route)));
  const client = new WukongClient(`http://127.0.0.1:${port}`);
  return {
    port,
    app,
    engine,
    client,
    routes,
    routeNames: listRouteNames(app).filter((name) => !others.has(name)),
    admin: client.with({ 'x-api-key': ADMIN_KEY }),
    as: (uid, claims) =>
      client.with({
        authorization: `Bearer ${signToken({
          sub: uid,
          ...claims,
        })}`,
      }),
    logs: () => lines.map((line) => JSON.parse(line) as LogLine),
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

export function signToken(claims: Claims, key = JWT_SECRET): string {
  return createSigner({ algorithm: 'HS256', key })({ exp: Math.floor(Date.now() / 1000) + 600, ...claims });
}

/** Must be called before the app is ready: routes inside plugins are registered only then. */
function collectRoutes(app: FastifyInstance): RouteOptions[] {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD' && route.method !== 'OPTIONS') routes.push(route);
  });
  return routes;
}

/** Those of the other dialect, which has its own envelope and its own tests. */
async function listKettleRoutes(engine: Engine): Promise<RouteOptions[]> {
  const app = Fastify();
  const routes = collectRoutes(app);
  await app.register(kettle, { engine, jwtSecret: JWT_SECRET, ...KETTLE });
  return routes;
}

function nameOf({ method, url }: RouteOptions): string {
  return `${String(method)} ${url}`;
}

/** Reads what Fastify prints, since it tells nobody of the routes that were there before one could ask. */
export function listRouteNames(app: FastifyInstance): string[] {
  const path: string[] = [];
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', part = '', methods = ''] = /^(.*)[├└]── (\S+)(?: \((.+)\))?$/.exec(line) ?? [];
      path.splice(indent.length / 4, Infinity, part);
      const names = methods.split(', ').filter((method) => !['', 'HEAD', 'OPTIONS'].includes(method));
      return names.map((method) => `${method} ${path.join('')}`);
    });
}

function withMethods(store: Store & RoomStore, override: Partial<Store & RoomStore>): Store & RoomStore {
  return new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(override, name);
      if (own !== undefined) return own;
      const method: unknown = Reflect.get(target, name);
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
}
