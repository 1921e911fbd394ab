import closeWithGrace from 'close-with-grace';
import { pino, type Logger } from 'pino';
import { isLoopback } from '../config/load-config.js';
import { secretsPath } from '../config/secrets.js';
import type { Config } from '../config/settings.js';
import { MEMORY_DB } from '../ports/database-name.js';
import { startServer } from '../server.js';

/** How long requests in flight may take to be answered once the server was told to stop. */
const CLOSE_LIMIT_MS = 10_000;

/**
 * npm passes on a signal that the terminal has already sent to its whole process group. So Ctrl-C under
 * `npm start` arrives twice within milliseconds, which must not count as asking twice.
 */
const ECHO_MS = 250;

/** Serves until a signal comes. Resolves to the server's URL once it listens. */
export async function serve(config: Config): Promise<string> {
  const logger = pino({ level: config.logLevel });
  const { url, close } = await startServer(config, logger);
  closeOnSignals(close, logger);
  const secrets = config.db === MEMORY_DB ? undefined : secretsPath(config.db);
  if (config.auth === 'open' && !isLoopback(config.host)) {
    logger.warn('no credential is asked for: whoever reaches this address can read and write everything');
  }
  logger.info({ url, db: config.db, auth: config.auth, secrets }, 'serving');
  return url;
}

function closeOnSignals(close: () => Promise<void>, logger: Logger): void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const grace = closeWithGrace({ delay: CLOSE_LIMIT_MS, logger, skip: [...signals] }, async ({ err }) => {
    if (err) logger.fatal({ err }, 'stopping because of an error');
    await close();
    logger.info('stopped');
  });
  let firstAtMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstAtMs === undefined) {
      firstAtMs = performance.now();
      logger.info({ signal }, 'stopping: answering what is in flight');
      grace.close();
    } else if (performance.now() - firstAtMs > ECHO_MS) {
      logger.warn({ signal }, 'told twice to stop: exiting at once');
      process.exit(1);
    }
  };
  for (const signal of signals) process.on(signal, onSignal);
}
