import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileTools } from '../support/compile-tools.js';
import { startLyingProxy, changeRows } from '../support/lying-proxy.js';
import type { TemporaryFolder } from '../support/temporary-folder.js';
import { startCli } from '../support/tidemark-process.js';

/** For a busy machine; the checks themselves end after 20 seconds and some. */
const PATIENCE_MS = 180_000;

interface Finished {
  readonly code: number | null;
  readonly output: string;
}

describe('npm run check:lossless', () => {
  let folder: TemporaryFolder;

  beforeAll(async () => {
    folder = await compileTools();
  }, PATIENCE_MS);

  afterAll(() => folder[Symbol.dispose]());

  function check(...args: string[]): Promise<Finished> {
    const main = join(folder.path, 'dist-tools', 'checker', 'main.js');
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [main, ...args], (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, output: stdout + stderr }),
      );
    });
  }

  test('PR-1: in 20 seconds of faults nothing is lost', { timeout: PATIENCE_MS }, async () => {
    const { code, output } = await check('--seconds', '20');
    process.stdout.write(output);
    expect(output).toMatch(/ lost +0\n/);
    expect(code).toBe(0);
  });

  test('PR-2: of a server that loses something it says what, who, request, reply and how to replay it, and fails', async () => {
    await using server = await startCli(['--db', join(folder.path, 'lossy.db')]);
    await using proxy = await startLyingProxy(server.url, {
      answer: (exchange) =>
        changeRows(exchange, (rows) => (exchange.body['version'] === undefined ? rows : rows.slice(0, -1))),
    });
    const { code, output } = await check('--seconds', '20', '--seed', '7', '--base-url', proxy.url);
    expect(code).toBe(1);
    expect(output).toMatch(/VIOLATION of "\w+.*", found by c7-\S+/);
    expect(output).toContain('request: {"path":"/conversation/sync"');
    expect(output).toContain('reply: {"status":200');
    expect(output).toContain(`npm run check:lossless -- --seconds 20 --seed 7 --base-url ${proxy.url}`);
    // Which law is the first to be broken by it is chance.
    expect(output).toMatch(/(lost|acked but missing|divergent|duplicates|stuck replicas|broken rules) +1\n/);
  });

  test('PR-7: a run that has seen nothing of what it is there for fails, though nothing was lost', async () => {
    await using server = await startCli(['--db', join(folder.path, 'idle.db')]);
    const { code, output } = await check('--seconds', '0', '--base-url', server.url);
    expect(output).toMatch(/Nothing was lost, but this was not seen once, so the run proves too little: /);
    expect(code).toBe(1);
  });

  test('PR-2: a flag that cannot be read is named', async () => {
    const { code, output } = await check('--seconds', 'many');
    expect(code).not.toBe(0);
    expect(output).toContain('--seconds');
  });
});
