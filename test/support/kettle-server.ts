import type { AddressInfo } from 'node:net';
import { createSigner } from 'fast-jwt';
import type { RouteOptions } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../src/app.js';
import type { Engine } from '../../src/engine/engine.js';
import { hashApiKey } from '../../src/http/plugins/api-key.js';
import type { KettleSettings } from '../../src/http/kettle/options.js';
import type { Clock } from '../../src/ports/clock.js';
import { systemClock } from '../../src/system.js';
import { createTestEngine } from './test-engine.js';
import type { Limits } from '../../src/http/limits.js';
import { TEST_LIMITS } from './test-limits.js';
import { KettleClient, KettleMember, type LoginData } from './kettle-client.js';
import type { OpenedStore, StoreKind } from './opened-store.js';
import { filedServerKind, type sqliteKind } from './stores.js';
import { WukongClient } from './wukong-client.js';

export const KETTLE_ADMIN_KEY = 'the-admin-key-of-the-kettle-tests';
export const KETTLE_JWT_SECRET = 'the-jwt-secret-of-the-kettle-tests-is-long';

/** Of community 1, from the start. */
export const KETTLE_API_KEY = 'the-api-key-of-community-one';

const SETTINGS: KettleSettings = { overlapSeconds: 0, accessTokenMinutes: 60, refreshTokenDays: 31 };

export interface KettleOptions<Opened extends OpenedStore> {
  readonly kind?: StoreKind<Opened>;
  readonly clock?: Clock;
  readonly auth?: 'open' | 'required';
  readonly settings?: Partial<KettleSettings>;
  readonly limits?: Partial<Limits>;
}

export interface LoginOptions {
  readonly name?: string;
  readonly isManager?: boolean;
  readonly isGuest?: boolean;
  readonly imageUrl?: string;
  readonly community?: KettleCommunity;
}

export interface KettleCommunity {
  readonly id: number;
  readonly apiKey: string;
}

export class KettleServer<Opened extends OpenedStore = OpenedStore> implements AsyncDisposable {
  readonly port: number;
  readonly engine: Engine;
  readonly opened: Opened;
  /** Every route, as it was registered; without those for HEAD and OPTIONS that plugins add. */
  readonly routes: readonly RouteOptions[];
  /** Without credentials, in either dialect. */
  readonly kettle: KettleClient;
  readonly wukong: WukongClient;
  readonly logs: readonly string[];
  readonly #close: () => Promise<void>;

  constructor(
    started: Pick<KettleServer<Opened>, 'port' | 'engine' | 'opened' | 'routes' | 'logs'>,
    close: () => Promise<void>,
  ) {
    const { port, engine, opened, routes, logs } = started;
    this.port = port;
    this.engine = engine;
    this.opened = opened;
    this.routes = routes;
    this.logs = logs;
    this.kettle = new KettleClient(`http://127.0.0.1:${port}`);
    this.wukong = new WukongClient(`http://127.0.0.1:${port}`);
    this.#close = close;
  }

  /** Everyone in community 1, in the WuKongIM dialect. */
  get admin(): WukongClient {
    return this.wukong.with({ 'x-api-key': KETTLE_ADMIN_KEY });
  }

  /** Logs a user in by /sdk/initiate; he exists from then on. */
  async login(uid: string, options: LoginOptions = {}): Promise<KettleMember> {
    const { name = `${uid} by name`, isManager = false, isGuest, imageUrl } = options;
    const { id, apiKey } = options.community ?? { id: 1, apiKey: KETTLE_API_KEY };
    if (isManager) await this.engine.store.putUser({ communityId: id, uid, isManager });
    const reply = await this.kettle.send('POST', '/sdk/initiate', {
      headers: { 'x-api-key': apiKey },
      body: { uuid: uid, user_name: name, is_guest: isGuest, image_url: imageUrl },
    });
    return new KettleMember(this.kettle, { uid, ...reply.data<LoginData>() });
  }

  async addCommunity(name: string): Promise<KettleCommunity> {
    const id = await this.engine.store.createCommunity({ name });
    const apiKey = `the-api-key-of-${name}`;
    await this.engine.store.setApiKey({ communityId: id, apiKeyHash: hashApiKey(apiKey) });
    return { id, apiKey };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** The app that ships, on a socket of its own, with a community whose API key is known. */
export async function startKettle(): Promise<KettleServer<Awaited<ReturnType<typeof sqliteKind.open>>>>;
export async function startKettle(
  options: Omit<KettleOptions<OpenedStore>, 'kind'>,
): Promise<KettleServer<Awaited<ReturnType<typeof sqliteKind.open>>>>;
export async function startKettle<Opened extends OpenedStore>(
  options: KettleOptions<Opened> & { readonly kind: StoreKind<Opened> },
): Promise<KettleServer<Opened>>;
export async function startKettle(options: KettleOptions<OpenedStore> = {}): Promise<KettleServer> {
  const { kind = filedServerKind, clock = systemClock, auth = 'open', settings = {}, limits } = options;
  const opened = await kind.open(clock);
  const engine = createTestEngine(opened.store, clock);
  const logs: string[] = [];
  const app = buildApp({
    engine,
    messagesKey: 'messages',
    credentials: { auth, jwtSecret: KETTLE_JWT_SECRET, apiKey: KETTLE_ADMIN_KEY },
    kettle: { ...SETTINGS, ...settings },
    limits: { ...TEST_LIMITS, ...limits },
    logger: pino({ level: 'trace' }, { write: (line: string) => void logs.push(line) }),
  });
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD' && route.method !== 'OPTIONS') routes.push(route);
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  await engine.store.setApiKey({ communityId: 1, apiKeyHash: hashApiKey(KETTLE_API_KEY) });
  return new KettleServer({ port, engine, opened, routes, logs }, async () => {
    await app.close();
    await opened[Symbol.asyncDispose]();
  });
}

/** A token with any claims, as the server would sign it. */
export function signKettleToken(
  claims: Readonly<Record<string, unknown>>,
  key: string = KETTLE_JWT_SECRET,
): string {
  return createSigner({ algorithm: 'HS256', key })({ exp: Math.floor(Date.now() / 1000) + 600, ...claims });
}
