import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';

/** How long requests in flight may take to be answered once the server was told to stop. */
export const CLOSE_LIMIT_MS = 10_000;

/**
 * npm passes on a signal that the terminal has already sent to its whole process group. So Ctrl-C under
 * `npm start` arrives twice within milliseconds, which must not count as asking twice.
 */
const ECHO_MS = 250;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Closes at the first signal or fatal error, and exits at once at the second. */
export function closeOnSignals(close: () => Promise<void>, logger: Logger): void {
  const stop = closeOnFailure(close, logger);
  let firstAtMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstAtMs === undefined) {
      firstAtMs = performance.now();
      logger.info({ signal }, 'stopping: answering what is in flight');
      stop();
    } else if (performance.now() - firstAtMs > ECHO_MS) {
      logger.warn({ signal }, 'told twice to stop: exiting at once');
      process.exit(1);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

/** Closes when something fails that nobody has dealt with. Returns how to close without that. */
export function closeOnFailure(close: () => Promise<void>, logger: Logger): () => void {
  const options = { delay: CLOSE_LIMIT_MS, logger, skip: [...SIGNALS] };
  const grace = closeWithGrace(options, async ({ err }) => {
    if (err) logger.fatal({ err }, 'stopping because of an error');
    await close();
    logger.info('stopped');
  });
  return () => grace.close();
}
