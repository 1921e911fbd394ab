import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readMigrations } from '../../src/storage/migrations.js';
import { openDatabase } from '../../src/storage/sqlite/open-database.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const CLI_PATH = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const PROCESS_COUNT = 20;

test('ST-20: of 20 processes that start on one new file, each succeeds and each migration is applied once', async () => {
  using folder = createTemporaryFolder();
  const path = join(folder.path, 'tidemark.db');
  const migrate = (): Promise<unknown> =>
    promisify(execFile)(process.execPath, [CLI_PATH, 'migrate', '--db', path]);

  await Promise.all(Array.from({ length: PROCESS_COUNT }, migrate));

  const database = openDatabase(path);
  const names = database.prepare('SELECT name FROM migrations ORDER BY number').pluck().all();
  database.close();
  expect(names).toEqual(readMigrations('sqlite').map(({ name }) => name));
});
