import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const CAUGHT = '01-seconds-for-versions';

/** For a busy machine: it compiles the sources once for each mutant. */
const PATIENCE_MS = 180_000;

interface Finished {
  readonly code: number | null;
  readonly output: string;
}

function checkMutants(...args: string[]): Promise<Finished> {
  const script = join(root, 'scripts', 'check-mutants.mjs');
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

/** Adds a file to the sources, which no law looks at. */
function addingFile(law: string, line: string): string {
  const path = 'src/domain/added.ts';
  return `${law}\n\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${line}\n`;
}

test(
  'PR-10, PR-11: what is caught, what survives and what proves nothing is told apart',
  { timeout: PATIENCE_MS },
  async () => {
    using folder = createTemporaryFolder();
    const patch = `${CAUGHT}.patch`;
    const [law = ''] = /^Law: .+$/m.exec(readFileSync(join(root, 'test', 'mutants', patch), 'utf8')) ?? [];
    cpSync(join(root, 'test', 'mutants', patch), join(folder.path, patch));
    writeFileSync(join(folder.path, '02-harmless.patch'), addingFile(law, 'export const ADDED = 1;'));
    writeFileSync(join(folder.path, '03-broken.patch'), addingFile(law, 'export const ADDED: string = 1;'));
    const elsewhere = `${law}\n\n--- a/src/cli.ts\n+++ b/src/cli.ts\n@@ -1 +1 @@\n-not there\n+nor this\n`;
    writeFileSync(join(folder.path, '04-elsewhere.patch'), elsewhere);
    const { code, output } = await checkMutants('--folder', folder.path);
    expect(output).toMatch(/^\(unchanged\) +no law is broken$/m);
    expect(output).toMatch(new RegExp(`^${CAUGHT} +SY-1, after [\\d.]+ s$`, 'm'));
    expect(output).toMatch(/^02-harmless +SURVIVED "SY-1: /m);
    expect(output).toMatch(/^03-broken +PROVES NOTHING +does not compile/m);
    expect(output).toMatch(/^04-elsewhere +PROVES NOTHING +does not apply/m);
    expect(output).toContain('1 of 4 mutants were caught');
    expect(code).toBe(1);
  },
);

test('PR-11: a law that cannot be found, and a mutant that cannot be, end the run', async () => {
  using folder = createTemporaryFolder();
  writeFileSync(join(folder.path, '01-lawless.patch'), addingFile('', 'export const ADDED = 1;'));
  expect(await checkMutants('--folder', folder.path)).toEqual({
    code: 2,
    output: expect.stringContaining('names no law'),
  });
  expect(await checkMutants('--only', '99')).toEqual({
    code: 2,
    output: expect.stringContaining('no such mutant'),
  });
});
