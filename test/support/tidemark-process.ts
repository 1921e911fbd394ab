import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

export const CLI_PATH = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Long for a busy machine; nothing waits this long when all is well. */
const PATIENCE_MS = 30_000;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running extends AsyncDisposable {
  readonly pid: number;
  /** What it has written so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process has ended and all that it wrote is here. */
  readonly finished: Promise<Finished>;
}

export interface Serving extends Running {
  readonly url: string;
}

/** This process's environment without settings, so that a test sees only those that it gives. */
export function cleanEnv(settings: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('TIDEMARK_'));
  return { ...Object.fromEntries(others), ...settings };
}

/** Runs one command of the built program to its end. */
export async function runCli(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  requireBuild();
  return new Promise((resolve) => {
    const options = { env: cleanEnv(settings) };
    const child = execFile(process.execPath, [CLI_PATH, ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

/** Serves on a free port until the end of the block that holds it by `await using`. */
export async function startCli(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Serving> {
  requireBuild();
  const running = start([CLI_PATH, 'serve', '--port', '0', ...args], { env: cleanEnv(settings) });
  const url = await waitForOutput(running, /"url":"([^"]+)"/);
  return { ...running, url };
}

/** Starts a Node.js program with the given arguments. */
export function start(args: readonly string[], options: { cwd?: string; env: NodeJS.ProcessEnv }): Running {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout = collect(child, 'stdout');
  const stderr = collect(child, 'stderr');
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
  });
  return {
    pid: child.pid ?? 0,
    output: () => stdout() + stderr(),
    kill: (signal) => void child.kill(signal),
    finished,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await finished;
    },
  };
}

/** The first group of `pattern` in what the process writes, once it is there. */
export async function waitForOutput(
  { output, finished }: Pick<Running, 'output' | 'finished'>,
  pattern: RegExp,
): Promise<string> {
  let hasFinished = false;
  void finished.then(() => (hasFinished = true));
  return vi.waitUntil(
    () => {
      const [match, group] = pattern.exec(output()) ?? [];
      if (match === undefined && hasFinished) throw new Error(`the process ended: ${output()}`);
      return group ?? match;
    },
    { timeout: PATIENCE_MS, interval: 10 },
  );
}

function collect(
  child: ChildProcessByStdio<null, Readable, Readable>,
  name: 'stdout' | 'stderr',
): () => string {
  const chunks: string[] = [];
  child[name].setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  return () => chunks.join('');
}

function requireBuild(): void {
  if (!existsSync(CLI_PATH)) throw new Error('dist is missing: run npm run build first');
}
