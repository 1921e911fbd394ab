import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pause } from './http-client.js';

const START_PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 20;

export interface ServerOptions {
  /** A temporary file unless this names one. */
  readonly db: string | undefined;
  readonly workers: number;
}

/** The built server as a process, on one port and one database, that can be killed, stopped and started again. */
export class ServerProcess implements Disposable {
  readonly baseUrl: string;
  readonly dbPath: string;
  readonly #folder: string | undefined;
  readonly #workers: number;
  readonly #port: number;
  #child: ChildProcess | undefined;
  #offsetMs = 0;
  #ready: Promise<void> = Promise.resolve();
  #letThrough: () => void = () => undefined;
  #lastDisturbedMs = 0;

  private constructor(port: number, { db, workers }: ServerOptions) {
    this.#port = port;
    this.#workers = workers;
    this.baseUrl = `http://127.0.0.1:${port}`;
    this.#folder = db === undefined ? mkdtempSync(join(tmpdir(), 'tidemark-check-')) : undefined;
    this.dbPath = db ?? join(this.#folder ?? '.', 'tidemark.db');
  }

  /** In a temporary folder unless `db` names a file. */
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
    writeFileSync(`${this.#clockPath}.new`, String(offsetMs));
    renameSync(`${this.#clockPath}.new`, this.#clockPath);
  }

  /** Creates an API key of community 1, before the server runs or beside it. */
  async createApiKey(): Promise<string> {
    const args = [cliPath(), 'community', 'key', '1', '--db', this.dbPath];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: this.#env });
    const [, key] = /API key (\S+)/.exec(stdout) ?? [];
    if (key === undefined) throw new Error(`no API key in: ${stdout}`);
    return key;
  }

  /** Resolves when the process is gone. Nobody is let through to it until `restart` and `look` are done. */
  async kill(): Promise<void> {
    this.#lastDisturbedMs = performance.now();
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) throw new Error('the server ended by itself');
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
    this.#letThrough();
  }

  [Symbol.dispose](): void {
    this.#signal('SIGKILL');
    rmSync(this.#clockPath, { force: true });
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
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
    const port = ['--port', String(this.#port)];
    return [...port, '--db', this.dbPath, '--workers', String(this.#workers), '--log-level', 'warn'];
  }

  get #clockPath(): string {
    return `${this.dbPath}-clock`;
  }

  get #env(): NodeJS.ProcessEnv {
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('TIDEMARK_'));
    return { ...Object.fromEntries(others), TIDEMARK_TEST_CLOCK_FILE: this.#clockPath };
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
