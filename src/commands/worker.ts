import type { Logger } from 'pino';
import type { Config } from '../config/settings.js';
import { StartupError } from '../domain/startup-error.js';
import { startServer } from '../server.js';
import { closeOnFailure } from './close-on-signals.js';
import { WorkerChangeBus } from './worker-change-bus.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** One of the processes that `startWorkers` starts. It stops when that one tells it to, or is gone. */
export async function serveAsWorker(config: Config, logger: Logger): Promise<string> {
  // Ctrl-C reaches all processes of a terminal; the one that has started this one passes on when to stop.
  process.on('SIGINT', () => undefined);
  let stop = exit;
  process.on('SIGTERM', () => stop());
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'stop') stop();
  });
  try {
    const { url, close } = await startServer(config, logger, new WorkerChangeBus());
    stop = closeOnFailure(close, logger);
    tell({ kind: 'serving', url });
    return url;
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    // Said once for all workers, by the process that has started them.
    tell({ kind: 'failed', reason: error.message });
    process.disconnect();
    process.exitCode = 1;
    return '';
  }
}

function exit(): void {
  process.exit(0);
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
