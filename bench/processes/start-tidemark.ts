import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPackageRoot } from '../package-root.js';

/** The bench signs the access tokens of its readers itself. */
export const JWT_SECRET = 'the-secret-of-the-bench-is-known-to-everyone';

const START_LIMIT_MS = 30_000;
const POLL_MS = 20;

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

export interface TidemarkOptions {
  readonly db: string;
  /** Of Node.js. */
  readonly nodeFlags?: readonly string[];
  /** Of `tidemark serve`. */
  readonly flags?: readonly string[];
}

/** Requests are counted as ever, but so few users do not send so many of them elsewhere. */
const RATE_LIMITS = ['--rate-limit', '1000000000', '--rate-limit-address', '1000000000'];

/** The built server, as an operator runs it, with a log of what goes wrong only. Ended by a signal. */
export async function startTidemark({ db, nodeFlags = [], flags = [] }: TidemarkOptions): Promise<Served> {
  const port = await findFreePort();
  const cli = join(findPackageRoot(), 'dist/cli.js');
  const settings = ['--port', String(port), '--db', db, '--log-level', 'warn', ...RATE_LIMITS, ...flags];
  const child = spawn(process.execPath, [...nodeFlags, cli, 'serve', ...settings], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TIDEMARK_JWT_SECRET: JWT_SECRET, TIDEMARK_API_KEY: JWT_SECRET },
  });
  const ended = once(child, 'exit');
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([
    waitUntilReady(url),
    ended.then(() => {
      throw new Error('the server has ended before it was ready');
    }),
  ]);
  return {
    url,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
      process.off('exit', kill);
    },
  };
}

async function waitUntilReady(url: string): Promise<void> {
  const giveUpAtMs = performance.now() + START_LIMIT_MS;
  while (!(await isReady(url))) {
    if (performance.now() > giveUpAtMs) throw new Error(`nothing is ready at ${url}`);
    await sleep(POLL_MS);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ready`)).ok;
  } catch {
    return false;
  }
}

/** Its log, which says where it listens, is turned off. */
async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
