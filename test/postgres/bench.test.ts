import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { PostgresDatasets } from '../../bench/datasets/postgres-datasets.js';
import { buildDatabase } from '../../bench/datasets/provide-dataset.js';
import { lightClass, type Shape } from '../../bench/datasets/shapes.js';
import { runSaturating } from '../../bench/load/run-saturating.js';
import { startTidemark } from '../../bench/processes/start-tidemark.js';
import { idlePolls } from '../../bench/rows/read-cases.js';
import { messagesOf } from '../../bench/rows/send.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const SMALL: Shape = { name: 'small', classes: [lightClass(100, { messages: 3 })] };
const TABLES = ['communities', 'clocks', 'users', 'channels', 'memberships', 'messages'];

function provideIn(folder: TemporaryFolder): { readonly path: string; readonly datasets: PostgresDatasets } {
  const path = join(folder.path, 'small.db');
  buildDatabase(SMALL, path);
  const dataset = { name: 'small', path, bytes: 0, builtInSeconds: 0 };
  // No folder of its own: nobody may enter that of this test, and PostgreSQL runs as nobody.
  const datasets = new PostgresDatasets({ folder: tmpdir(), say: () => undefined, provide: () => dataset });
  return { path, datasets };
}

type Cell = string | number | bigint | Buffer | null;

/** Every row of a table as text, whatever its driver makes of numbers and bytes. */
function spell(rows: readonly Readonly<Record<string, Cell>>[]): string[] {
  const spellValue = (value: Cell): string =>
    Buffer.isBuffer(value) ? value.toString('hex') : String(value);
  return rows.map((row) =>
    Object.entries(row)
      .map(([name, value]) => `${name}=${spellValue(value)}`)
      .toSorted((one, other) => (one < other ? -1 : 1))
      .join(' '),
  );
}

test('BN-8: a data set on PostgreSQL has the rows that it has on SQLite, with all digits', async () => {
  using folder = createTemporaryFolder();
  const { path, datasets } = provideIn(folder);
  await using postgres = datasets;
  const url = await postgres.provide(SMALL);
  const source = new Database(path, { readonly: true });
  source.defaultSafeIntegers(true);
  for (const table of TABLES) {
    const expected = spell(source.prepare(`SELECT * FROM ${table}`).all() as Record<string, Cell>[]);
    const copied = spell(await queryOnce<Record<string, Cell>>(url, `SELECT * FROM ${table}`));
    expect(new Set(copied)).toEqual(new Set(expected));
    expect(copied).not.toEqual([]);
  }
  source.close();
});

test('BN-8: it waits for the disk, and several servers answer from it', async () => {
  using folder = createTemporaryFolder();
  await using postgres = provideIn(folder).datasets;
  const db = await postgres.provide(SMALL);
  expect(await queryOnce(db, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  await using one = await startTidemark({ db });
  await using other = await startTidemark({ db });
  const load = {
    kind: 'saturating',
    url: one.url,
    otherUrls: [other.url],
    connections: 4,
    seconds: 0.5,
  } as const;
  const before = await countMessages(db);
  const sent = await runSaturating({ ...load, requests: messagesOf('light', 8) });
  expect(await countMessages(db)).toBeGreaterThanOrEqual(before + sent.requests);
  const polled = await runSaturating({ ...load, requests: await idlePolls(one.url, 'light') });
  expect(polled.requests).toBeGreaterThan(0);
});

async function countMessages(url: string): Promise<number> {
  const [row] = await queryOnce<{ count: number }>(url, 'SELECT count(*)::integer AS count FROM messages');
  return row?.count ?? 0;
}
