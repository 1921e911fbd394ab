import { execFile } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTemporaryFolder, type TemporaryFolder } from './temporary-folder.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Compiles the checker and the bench to `dist-tools` in a new folder, beside links to the built server: a place of its own,
 * since others may be building meanwhile.
 */
export async function compileTools(): Promise<TemporaryFolder> {
  const folder = createTemporaryFolder();
  for (const name of ['node_modules', 'dist', 'migrations', 'package.json']) {
    symlinkSync(join(root, name), join(folder.path, name));
  }
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const outDir = join(folder.path, 'dist-tools');
  await promisify(execFile)(tsc, ['-p', 'tsconfig.tools.json', '--outDir', outDir], { cwd: root });
  return folder;
}
