import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileTools } from '../support/compile-tools.js';
import { start } from '../support/tidemark-process.js';
import type { TemporaryFolder } from '../support/temporary-folder.js';

/** For a busy machine; the check itself ends after 20 seconds and some. */
const PATIENCE_MS = 180_000;

let tools: TemporaryFolder;

beforeAll(async () => {
  tools = await compileTools();
}, PATIENCE_MS);

afterAll(() => tools[Symbol.dispose]());

test(
  'PR-12: three servers on one PostgreSQL lose nothing in 20 seconds of faults',
  { timeout: PATIENCE_MS },
  async () => {
    const flags = ['--db', 'postgres', '--servers', '3', '--seconds', '20'];
    await using check = start(['dist-tools/checker/main.js', ...flags], {
      cwd: tools.path,
      env: process.env,
    });
    const { code, stdout, stderr } = await check.finished;
    process.stdout.write(stdout + stderr);
    expect(stdout).toMatch(/ lost +0\n/);
    expect(stderr).not.toContain('VIOLATION');
    // On a busy machine, 20 seconds may be too short for one of the faults, which the run then says.
    expect(code === 0 || stderr.includes('Nothing was lost')).toBe(true);
  },
);
