import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { loadSecrets } from '../config/secrets.js';
import type { Config } from '../config/settings.js';
import { StartupError } from '../domain/startup-error.js';
import type { RunningServer } from '../server.js';
import { migrateStore } from '../storage/open-store.js';
import { CLOSE_LIMIT_MS } from './close-on-signals.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** So that a worker that ends as soon as it has started does not keep the machine busy. */
const RESTART_DELAY_MS = 500;

/**
 * Serves with several processes on one port and one database file.
 *
 * Each has its own connections to the file; SQLite lets one of them write at a time. This process serves
 * nothing itself: it passes on to all what one has committed, puts another in the place of one that ends, and
 * stops them.
 *
 * @throws StartupError that says what to do
 */
export async function startWorkers(config: Config, logger: Logger): Promise<RunningServer> {
  // Once, before several try: what is to be made is made, and what is wrong is said once.
  await migrateStore(config.db);
  await loadSecrets(config);
  // Workers take connections themselves: one that is handed over to a worker just killed would hang in silence.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  if (config.port === 0) await choosePort(config.host);
  const workers = new Workers(logger);
  try {
    const urls = await Promise.all(Array.from({ length: config.workers }, () => workers.add()));
    return { url: urls[0] ?? '', close: () => workers.close() };
  } catch (error) {
    await workers.close();
    throw error;
  }
}

/** Any free port, the same for all: those that come later have to find it as well. */
async function choosePort(host: string): Promise<void> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  cluster.setupPrimary({ args: [...process.argv.slice(2), '--port', String(port)] });
}

class Workers {
  readonly #logger: Logger;
  readonly #running = new Set<Worker>();
  #closed: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Starts one more. Resolves to its URL once it serves. */
  add(): Promise<string> {
    const worker = cluster.fork();
    this.#running.add(worker);
    return new Promise((resolve, reject) => {
      let isServing = false;
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'change') this.#passOn(worker, message);
        if (message.kind === 'failed') reject(new StartupError(message.reason));
        if (message.kind === 'serving') {
          isServing = true;
          resolve(message.url);
        }
      });
      worker.once('exit', (code, signal) => {
        this.#running.delete(worker);
        if (!isServing) reject(new StartupError(`a worker ended before it served (${signal ?? code})`));
        else if (!this.#closed) this.#replace({ worker: worker.process.pid, code, signal });
      });
    });
  }

  /** Stops all; those that take too long are killed. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    const running = [...this.#running];
    const overdue = setTimeout(() => {
      for (const worker of running) worker.process.kill('SIGKILL');
    }, CLOSE_LIMIT_MS - 1000);
    await Promise.all(
      running.map(async (worker) => {
        if (worker.isDead()) return;
        const ended = once(worker, 'exit');
        tell(worker, { kind: 'stop' });
        await ended;
      }),
    );
    clearTimeout(overdue);
  }

  #passOn(from: Worker, message: Extract<FromWorker, { kind: 'change' }>): void {
    for (const worker of this.#running) {
      if (worker !== from) tell(worker, message);
    }
  }

  #replace(ended: object): void {
    this.#logger.error(ended, 'a worker ended: starting another');
    setTimeout(() => {
      if (this.#closed) return;
      this.add().catch((error: unknown) => {
        if (!this.#closed) this.#replace({ err: error });
      });
    }, RESTART_DELAY_MS);
  }
}

/** To one that has just ended, nothing needs to be said. */
function tell(worker: Worker, message: ToWorker): void {
  worker.send(message, () => undefined);
}
