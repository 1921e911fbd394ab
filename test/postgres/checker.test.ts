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

interface Verdict {
  readonly losses: string | undefined;
  readonly hasFailed: boolean;
}

const NOTHING_LOST: Verdict = { losses: '0', hasFailed: false };

async function check(...flags: string[]): Promise<Verdict> {
  await using running = start(['dist-tools/checker/main.js', '--db', 'postgres', ...flags], {
    cwd: tools.path,
    env: process.env,
  });
  const { code, stdout, stderr } = await running.finished;
  process.stdout.write(stdout + stderr);
  const [, losses] = / lost +(\d+)\n/.exec(stdout) ?? [];
  // On a busy machine, so few seconds may be too short for one of the faults, which the run then says.
  return { losses, hasFailed: code !== 0 && !stderr.includes('Nothing was lost') };
}

test(
  'PR-12: three servers on one PostgreSQL lose nothing in 20 seconds of faults',
  async () => {
    expect(await check('--servers', '3', '--seconds', '20')).toEqual(NOTHING_LOST);
  },
  PATIENCE_MS,
);

test(
  'PR-13: nor does one that syncs from a replica in 10 seconds',
  async () => {
    expect(await check('--read-replica', '--seconds', '10')).toEqual(NOTHING_LOST);
  },
  PATIENCE_MS,
);
