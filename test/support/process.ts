import { vi } from 'vitest';
import { startCli, type Serving } from './tidemark-process.js';
import { WukongClient } from './wukong-client.js';

/** The built server as a process of its own, on one database file, that can be ended and started again. */
export class ServerProcess implements AsyncDisposable {
  readonly #db: string;
  #running: Serving;
  #client: WukongClient;

  private constructor(db: string, running: Serving) {
    this.#db = db;
    this.#running = running;
    this.#client = new WukongClient(running.url);
  }

  static async start(db: string): Promise<ServerProcess> {
    return new ServerProcess(db, await startHealthy(db));
  }

  /** Of the process that runs now: each one listens on a port of its own. */
  get client(): WukongClient {
    return this.#client;
  }

  /** Resolves when the process has ended. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#running.kill(signal);
    await this.#running.finished;
  }

  /** On the same file, after the process has ended. */
  async restart(): Promise<void> {
    this.#running = await startHealthy(this.#db);
    this.#client = new WukongClient(this.#running.url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
  }
}

async function startHealthy(db: string): Promise<Serving> {
  const serving = await startCli(['--db', db]);
  const isHealthy = async (): Promise<boolean> => (await fetch(`${serving.url}/health`)).ok;
  await vi.waitUntil(isHealthy, { timeout: 30_000, interval: 20 });
  return serving;
}
