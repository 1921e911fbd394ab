import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const NAME = '@likeminds.community/chat-js';
const VERSION = '1.16.0';

/** Where the driver finds it. Git passes it over, and `npm ci` leaves it there for the next run. */
const FOLDER = fileURLToPath(new URL('../e2e/likeminds-sdk', import.meta.url));

const FETCH_PATIENCE_MS = 5 * 60_000;

/**
 * Fetches the shipped SDK, unless it is there. It is no development dependency: with all that it brings along
 * it is larger than the rest together, and one test needs it.
 */
export async function fetchSdk(): Promise<void> {
  if (installedVersion() === VERSION) return;
  const what = ['--ignore-scripts', '--prefer-offline', '--prefix', FOLDER, `${NAME}@${VERSION}`];
  const args = ['install', '--no-save', '--no-audit', '--no-fund', ...what];
  try {
    await promisify(execFile)('npm', args, { timeout: FETCH_PATIENCE_MS });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`this test needs ${NAME} ${VERSION}, which npm could not fetch: ${why}`, { cause });
  }
  if (installedVersion() !== VERSION) throw new Error(`npm put no ${NAME} ${VERSION} into ${FOLDER}`);
}

/** According to the list that npm writes last, so that half an installation counts for nothing. */
function installedVersion(): string | undefined {
  try {
    const list = readFileSync(join(FOLDER, 'node_modules/.package-lock.json'), 'utf8');
    const { packages } = JSON.parse(list) as { packages: Record<string, { version?: string }> };
    return packages[`node_modules/${NAME}`]?.version;
  } catch {
    return undefined;
  }
}
