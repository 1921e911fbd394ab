import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startClusterGuard, type ClusterGuard } from './cluster-guard.js';
import { clusterOwner, giveToClusterOwner } from './cluster-owner.js';
import { createDatabase, dropDatabase, type DatabaseOptions } from './databases.js';
import { findPostgresPrograms, type PostgresPrograms } from './postgres-programs.js';
import { queryOnce } from './query-once.js';

/** Settings of postgresql.conf. */
export type ClusterSettings = Readonly<Record<string, string>>;

export interface ClusterOptions {
  readonly settings?: ClusterSettings;
  /** Where its folder is made; the path of a socket in it may have about a hundred characters. */
  readonly parent?: string;
}

/** `fast` ends the sessions and writes everything down; `immediate` is a crash that reaches every process at once. */
export type StopMode = 'fast' | 'immediate';

const SIGNALS: Record<StopMode, NodeJS.Signals> = { fast: 'SIGINT', immediate: 'SIGQUIT' };

export const SUPERUSER = 'tidemark';

/** The one user who is asked for a password. Whoever wants to try it creates that role. */
export const PASSWORD_USER = 'guarded';

/** What may be lost with the machine is not looked at here, so nothing waits for the disk. */
const QUICK: ClusterSettings = { fsync: 'off', full_page_writes: 'off', max_connections: '200' };

/** On a busy machine, recovery included. */
const START_PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 20;

const STILL_IN_USE = 'pre-existing shared memory block';

/**
 * A real PostgreSQL in a temporary folder, reached by a socket in it and by nothing else. It goes with the process
 * that has started it, however that ends.
 *
 * Text is compared as people of the United States do unless a query says otherwise, so that one which forgets to is found.
 */
export class PostgresCluster implements AsyncDisposable {
  readonly folder: string;
  readonly settings: ClusterSettings;
  readonly #guard: ClusterGuard;
  readonly #programs: PostgresPrograms;
  #child: ChildProcess | undefined;
  #isDisposed = false;

  private constructor(folder: string, programs: PostgresPrograms, settings: ClusterSettings) {
    this.folder = folder;
    this.#programs = programs;
    this.settings = { ...QUICK, ...settings };
    this.#guard = startClusterGuard(folder);
  }

  static async start(options: ClusterOptions = {}): Promise<PostgresCluster> {
    return PostgresCluster.startFrom(createDataFolder, options);
  }

  /** `fill` makes the data folder, which is not there yet. */
  static async startFrom(
    fill: (dataFolder: string, programs: PostgresPrograms) => Promise<void>,
    { settings = {}, parent = tmpdir() }: ClusterOptions,
  ): Promise<PostgresCluster> {
    const programs = await findPostgresPrograms();
    const folder = mkdtempSync(join(parent, 'tidemark-postgres-'));
    giveToClusterOwner(folder);
    const cluster = new PostgresCluster(folder, programs, settings);
    try {
      await fill(cluster.dataFolder, programs);
      await cluster.resume();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  /** Of a database that is always there. */
  get url(): string {
    return `postgres://${SUPERUSER}@/postgres?host=${encodeURI(this.folder)}`;
  }

  createDatabase(options: DatabaseOptions = {}): Promise<string> {
    return createDatabase(this.url, options);
  }

  dropDatabase(url: string): Promise<void> {
    return dropDatabase(url);
  }

  /** All that it has written to its log so far. */
  readLog(): string {
    return readFileSync(this.#logPath, 'utf8');
  }

  /** Starts it again after `stop` or `kill`. Resolves when it can be asked. */
  async resume(): Promise<void> {
    const giveUpMs = performance.now() + START_PATIENCE_MS;
    while (!(await this.#tryStart(giveUpMs))) await sleep(LOOK_EVERY_MS);
  }

  async stop(mode: StopMode = 'fast'): Promise<void> {
    await this.#end(SIGNALS[mode]);
  }

  /** Its first process only, as the kernel does when memory is short: the others find that out for themselves. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async restart(mode: StopMode = 'fast'): Promise<void> {
    await this.stop(mode);
    await this.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.stop('immediate');
    await this.#guard.release();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    child.kill(signal);
    await gone;
    this.#guard.watch(undefined);
  }

  /** Returns false while processes of one that was killed are still about to end. */
  async #tryStart(giveUpMs: number): Promise<boolean> {
    if (this.#isDisposed) throw new Error('the cluster is gone');
    const log = openSync(this.#logPath, 'a');
    const child = spawn(this.#programs.postgres, this.#args, {
      ...clusterOwner,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    this.#guard.watch(child.pid);
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    child.once('exit', (code) => (failure = new Error(`it ended with ${code}: ${this.#logEnd}`)));
    while (!(await this.#isAnswering())) {
      const isLate = performance.now() > giveUpMs;
      if (failure?.message.includes(STILL_IN_USE) && !isLate) return false;
      if (failure) throw failure;
      if (isLate) throw new Error(`it does not answer: ${this.#logEnd}`);
      await sleep(LOOK_EVERY_MS);
    }
    return true;
  }

  async #isAnswering(): Promise<boolean> {
    try {
      await queryOnce(this.url, 'SELECT 1');
      return true;
    } catch {
      return false;
    }
  }

  get #args(): string[] {
    const settings = {
      ...this.settings,
      unix_socket_directories: this.folder,
      listen_addresses: '',
    };
    return [
      '-D',
      this.dataFolder,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
  }

  get #logPath(): string {
    return join(this.folder, 'log');
  }

  get #logEnd(): string {
    return this.readLog().trim().split('\n').slice(-3).join(' | ');
  }
}

async function createDataFolder(dataFolder: string, { initdb }: PostgresPrograms): Promise<void> {
  const text = ['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'icu', '--icu-locale', 'en-US'];
  const access = ['--username', SUPERUSER, '--auth', 'trust'];
  await promisify(execFile)(initdb, ['-D', dataFolder, '--no-sync', ...access, ...text], clusterOwner);
  const rules = join(dataFolder, 'pg_hba.conf');
  // The first line that fits counts.
  writeFileSync(rules, `local all ${PASSWORD_USER} scram-sha-256\n${readFileSync(rules, 'utf8')}`);
}
