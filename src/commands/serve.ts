import cluster from 'node:cluster';
import { pino, type Logger } from 'pino';
import { isLoopback } from '../config/load-config.js';
import { secretsPath } from '../config/secrets.js';
import type { Config } from '../config/settings.js';
import { MEMORY_DB, withoutPassword } from '../ports/database-name.js';
import { startServer } from '../server.js';
import { closeOnSignals } from './close-on-signals.js';
import { startWorkers } from './start-workers.js';
import { serveAsWorker } from './worker.js';

/** Serves until a signal comes. Resolves to the server's URL once it listens. */
export async function serve(config: Config): Promise<string> {
  const logger = pino({ level: config.logLevel });
  if (cluster.isWorker) return serveAsWorker(config, logger);
  const isAlone = config.workers === 1;
  const { url, close } = isAlone ? await startServer(config, logger) : await startWorkers(config, logger);
  closeOnSignals(close, logger);
  announce(config, url, logger);
  return url;
}

function announce({ db, readDb, auth, host, workers }: Config, url: string, logger: Logger): void {
  if (auth === 'open' && !isLoopback(host)) {
    logger.warn('no credential is asked for: whoever reaches this address can read and write everything');
  }
  const secrets = db === MEMORY_DB ? undefined : secretsPath(db);
  const shown = {
    db: withoutPassword(db),
    ...(readDb !== undefined && { readDb: withoutPassword(readDb) }),
  };
  logger.info({ url, ...shown, auth, secrets, ...(workers > 1 && { workers }) }, 'serving');
}
