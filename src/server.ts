import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { buildApp } from './app.js';
import { isLoopback } from './config/load-config.js';
import { loadSecrets } from './config/secrets.js';
import type { Config } from './config/settings.js';
import { findTestClockFile } from './config/test-clock-file.js';
import { StartupError } from './domain/startup-error.js';
import { createEngine, type Engine } from './engine/engine.js';
import { purgeTombstones } from './engine/purge-tombstones.js';
import type { KettleSettings } from './http/kettle/options.js';
import { defaultPressure, NO_RATES, TIMEOUTS, type Limits } from './http/limits.js';
import type { ChangeBus } from './ports/change.js';
import type { Clock } from './ports/clock.js';
import { withoutPassword } from './ports/database-name.js';
import { openStore, type ReadDbOptions } from './storage/open-store.js';
import { LocalChangeBus, movedClock, systemClock, systemIds, systemTimer } from './system.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const PURGE_INTERVAL_MS = 60 * 60 * 1000;

export interface RunningServer {
  readonly url: string;
  /** Answers what is in flight, then lets go of everything. Calling it again waits for the same end. */
  close(this: void): Promise<void>;
}

/**
 * Opens the store, brings its schema up to date and listens.
 *
 * @param changes for a server of several processes, what connects them
 *
 * @throws StartupError that says what to do
 */
export async function startServer(
  config: Config,
  logger: Logger,
  changes: ChangeBus = new LocalChangeBus(),
): Promise<RunningServer> {
  const clock = chooseClock();
  const store = await openServerStore(config, { clock, changes, logger });
  const engine = createEngine({ store, clock, ids: systemIds, timer: systemTimer, waiterLimits: config });
  let app: FastifyInstance | undefined;
  try {
    const credentials = { auth: config.auth, ...(await loadSecrets(config)) };
    const built = buildApp({
      engine,
      credentials,
      messagesKey: config.messagesKey,
      kettle: kettleSettings(config),
      limits: limitsOf(config),
      logger,
    });
    app = built;
    const url = await listen(built, config);
    const stopPurging = startPurging(engine, config.tombstoneRetentionDays * DAY_MS, logger);
    const closeAll = async (): Promise<void> => {
      stopPurging();
      await built.close();
      await store.close();
    };
    let closed: Promise<void> | undefined;
    return { url, close: () => (closed ??= closeAll()) };
  } catch (error) {
    await app?.close();
    await store.close();
    throw error;
  }
}

interface StoreParts {
  readonly clock: Clock;
  readonly changes: ChangeBus;
  readonly logger: Logger;
}

function openServerStore(
  { db, dbConnections, readDb: replicaUrl, workers }: Config,
  { clock, changes, logger }: StoreParts,
): ReturnType<typeof openStore> {
  const readDb = replicaUrl === undefined ? undefined : readDbOptions(replicaUrl, logger);
  return openStore({ db, dbConnections, readDb, clock, changes, writer: 'thread', isShared: workers > 1 });
}

function readDbOptions(url: string, logger: Logger): ReadDbOptions {
  const readDb = withoutPassword(url);
  const report = (failure: Error | undefined): void => {
    if (failure === undefined) logger.info({ readDb }, 'the replica answers again');
    // Only the message: what else the driver puts into its errors is not all to be shown.
    else logger.warn({ readDb, reason: reasonOf(failure) }, 'the replica is not asked: the primary answers');
  };
  return { url, report };
}

/** Where several addresses were tried, only the code says something. */
function reasonOf(failure: Error): string {
  return failure.message || ('code' in failure ? String(failure.code) : failure.name);
}

function chooseClock(): Clock {
  const testClockFile = findTestClockFile();
  return testClockFile === undefined ? systemClock : movedClock(testClockFile);
}

function kettleSettings({ kettleOverlap, accessTokenMinutes, refreshTokenDays }: Config): KettleSettings {
  return { overlapSeconds: kettleOverlap, accessTokenMinutes, refreshTokenDays };
}

/** Where only this machine can connect, and no proxy says who is behind it, there is nobody to be counted. */
function limitsOf({ host, maxConnections, rateLimit, rateLimitAddress, trustProxy }: Config): Limits {
  const isAnyoneCounted = !isLoopback(host) || trustProxy.length > 0;
  return {
    rates: isAnyoneCounted ? { perUser: rateLimit, perAddress: rateLimitAddress } : NO_RATES,
    pressure: defaultPressure(),
    timeouts: TIMEOUTS,
    maxConnections,
    trustedProxies: trustProxy,
  };
}

async function listen(app: FastifyInstance, { host, port }: Config): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw explainListenFailure(error, host, port);
  }
  const { port: actualPort } = app.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`;
}

function explainListenFailure(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const choosePort = 'choose another with --port (TIDEMARK_PORT), where 0 takes any free one';
  const advice = new Map<unknown, string>([
    ['EADDRINUSE', `port ${port} of ${host} is taken: stop the program that listens there, or ${choosePort}`],
    ['EACCES', `this user may not listen on port ${port}: ${choosePort}`],
    ['EADDRNOTAVAIL', `${host} is no address of this machine: choose one with --host (TIDEMARK_HOST)`],
    ['ENOTFOUND', `${host} has no address: choose another with --host (TIDEMARK_HOST)`],
  ]).get(code);
  return advice === undefined ? error : new StartupError(advice, { cause: error });
}

/** Purges now and every hour, never two at a time. Returns how to stop. */
function startPurging(engine: Engine, retentionMs: number, logger: Logger): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const purge = async (): Promise<void> => {
    try {
      const purged = await purgeTombstones(engine, retentionMs);
      if (purged > 0) logger.info({ purged }, 'forgot conversations that ended long ago');
    } catch (error) {
      // A purge that the closing of the store cuts short goes on after the next start.
      if (!isStopped) logger.error({ err: error }, 'could not forget conversations that ended long ago');
    }
    if (!isStopped) timer = setTimeout(() => void purge(), PURGE_INTERVAL_MS).unref();
  };
  void purge();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
