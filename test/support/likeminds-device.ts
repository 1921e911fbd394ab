import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanEnv } from './tidemark-process.js';

const DRIVER_PATH = fileURLToPath(new URL('../e2e/likeminds-sdk/driver.mjs', import.meta.url));

/** What became of a call of one of the SDK's methods. */
export interface Outcome {
  /** What it resolved to; null when that was undefined, which is how the SDK takes most refusals. */
  readonly result?: { readonly success: boolean; readonly data?: unknown } | null;
  readonly error?: string;
  /** What it asked of the server meanwhile, as `GET /chatroom/sync 200`. */
  readonly requests: readonly string[];
}

/** A device of one user: the shipped SDK in a process of its own. */
export interface Device extends AsyncDisposable {
  /** Calls a method of the SDK, one at a time. */
  call(method: string, ...args: readonly unknown[]): Promise<Outcome>;
}

export function startDevice(serverUrl: string): Device {
  const child = spawn(process.execPath, [DRIVER_PATH, serverUrl], { env: cleanEnv() });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk));
  // Of a process that has ended, what it complained of says more than that the pipe is broken.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    call: async (...call) => {
      child.stdin.write(`${JSON.stringify(call)}\n`);
      const { done, value } = await lines.next();
      if (!done) return JSON.parse(value) as Outcome;
      await ended;
      throw new Error(`the device ended: ${complaints}`);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Calls a method that has to succeed, and returns the data of the answer. */
export async function ask(device: Device, method: string, ...args: readonly unknown[]): Promise<unknown> {
  const outcome = await device.call(method, ...args);
  if (outcome.result?.success) return outcome.result.data;
  throw new Error(`${method} failed: ${JSON.stringify(outcome)}`);
}
