import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pause } from './http-client.js';

const START_PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 20;

export interface ServerOptions {
  /** A file, or the URL of a PostgreSQL database. */
  readonly db: string;
  /** The URL of a replica of that. */
  readonly readDb?: string | undefined;
  readonly workers: number;
  /** Says how far its clock is from the right time. */
  readonly clockPath: string;
}

/** Several servers have to agree on them; a database of its own in a temporary folder holds no secrets. */
const SECRETS = {
  TIDEMARK_JWT_SECRET: 'the-secret-of-the-checker-is-known-to-everyone',
  TIDEMARK_API_KEY: 'known-to-everyone',
};

/** The built server as a process, on one port and one database, that can be killed, stopped and started again. */
export class ServerProcess implements Disposable {
  readonly baseUrl: string;
  readonly #options: ServerOptions;
  readonly #port: number;
  #child: ChildProcess | undefined;
  #offsetMs = 0;
  #ready: Promise<void> = Promise.resolve();
  #letThrough: () => void = () => undefined;
  #isUp = false;
  #lastDisturbedMs = 0;

  private constructor(port: number, options: ServerOptions) {
    this.#port = port;
    this.#options = options;
    this.baseUrl = `http://127.0.0.1:${port}`;
  }

  static async start(options: ServerOptions): Promise<ServerProcess> {
    const server = new ServerProcess(await findFreePort(), options);
    process.once('exit', () => server.#signal('SIGKILL'));
    server.setClock(0);
    await server.restart();
    return server;
  }

  /** Resolves when the server can be asked. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** Whether it can be asked now. @throws when it has ended though nobody ended it */
  get isUp(): boolean {
    if (this.#isUp) this.#demandLife();
    return this.#isUp;
  }

  /** When it was last killed, stopped, or went on. */
  get lastDisturbedMs(): number {
    return this.#lastDisturbedMs;
  }

  /** How far its clock is from the right time. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  setClock(offsetMs: number): void {
    this.#offsetMs = offsetMs;
    const { clockPath } = this.#options;
    writeFileSync(`${clockPath}.new`, String(offsetMs));
    renameSync(`${clockPath}.new`, clockPath);
  }

  /** Creates an API key of community 1, before the server runs or beside it. */
  async createApiKey(): Promise<string> {
    const args = [cliPath(), 'community', 'key', '1', '--db', this.#options.db];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: this.#env });
    const [, key] = /API key (\S+)/.exec(stdout) ?? [];
    if (key === undefined) throw new Error(`no API key in: ${stdout}`);
    return key;
  }

  /** Resolves when the process is gone. Nobody is let through to it until `restart` and `look` are done. */
  async kill(): Promise<void> {
    this.#lastDisturbedMs = performance.now();
    const child = this.#demandLife();
    this.#isUp = false;
    const gone = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    this.#signal('SIGKILL');
    this.#ready = new Promise((resolve) => {
      this.#letThrough = resolve;
    });
    await gone;
  }

  pause(): void {
    this.#lastDisturbedMs = performance.now();
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#lastDisturbedMs = performance.now();
    this.#signal('SIGCONT');
  }

  /** Starts the process and waits until it answers; `look` then sees what is there before anyone writes again. */
  async restart(look: () => Promise<void> = async () => undefined): Promise<void> {
    this.#child = spawn(
      process.execPath,
      [cliPath(), 'serve', ...this.#flags],
      // A process group of its own, so that a signal reaches all of its workers at the same moment.
      { env: this.#env, stdio: ['ignore', 'ignore', 'inherit'], detached: true },
    );
    await this.#untilHealthy();
    await look();
    this.#lastDisturbedMs = performance.now();
    this.#isUp = true;
    this.#letThrough();
  }

  [Symbol.dispose](): void {
    this.#signal('SIGKILL');
    rmSync(this.#options.clockPath, { force: true });
  }

  #demandLife(): ChildProcess {
    const child = this.#child;
    const isAlive = child?.exitCode === null && child.signalCode === null;
    if (child === undefined || !isAlive) throw new Error('the server ended by itself');
    return child;
  }

  async #untilHealthy(): Promise<void> {
    const giveUpMs = performance.now() + START_PATIENCE_MS;
    while (performance.now() < giveUpMs) {
      if (this.#child?.exitCode !== null) throw new Error('the server does not start');
      try {
        if ((await fetch(`${this.baseUrl}/health`)).ok) return;
      } catch {
        // Not listening yet.
      }
      await pause(LOOK_EVERY_MS);
    }
    throw new Error(`the server is not healthy after ${START_PATIENCE_MS / 1000} s`);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child ?? {};
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
  }

  get #flags(): string[] {
    const { db, readDb, workers } = this.#options;
    const port = ['--port', String(this.#port)];
    const replica = readDb === undefined ? [] : ['--read-db', readDb];
    return [...port, '--db', db, ...replica, '--workers', String(workers), '--log-level', 'warn'];
  }

  get #env(): NodeJS.ProcessEnv {
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('TIDEMARK_'));
    return { ...Object.fromEntries(others), ...SECRETS, TIDEMARK_TEST_CLOCK_FILE: this.#options.clockPath };
  }
}

/** Of the server that was built beside this program. */
function cliPath(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const path = join(folder, 'dist', 'cli.js');
  if (!existsSync(path)) throw new Error('dist is missing: run npm run build first');
  return path;
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  return port;
}
