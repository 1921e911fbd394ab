import { createHash } from 'node:crypto';
import { StartupError } from '../domain/startup-error.js';
import { digestTable, readBatches, type TableDigest } from './digest-table.js';
import { RowProgress } from './row-progress.js';
import { type CopySource, type CopyTarget, type Layout, TABLES, type TableReader } from './tables.js';

export interface CopyTables {
  readonly source: CopySource;
  /** With the same migrations as the source. */
  readonly target: CopyTarget;
  /** By which a run that continues a copy knows that it is of the same database. */
  readonly sourceName: string;
  readonly report: (line: string) => void;
}

export interface CopiedTables {
  readonly tables: readonly TableDigest[];
  /** Of all tables. */
  readonly digest: string;
}

/** What migrations put into an empty database: a community, its clock, and the system as its user. */
const INITIAL_ROWS: Readonly<Record<string, number>> = { communities: 1, users: 1, clocks: 1 };

/**
 * Copies every row as it is, continues a copy that was not finished, and in the end reads both sides to see that
 * they are the same.
 *
 * Rows are written in the order of their keys, so that how far a table is can be seen by its last row.
 *
 * @throws StartupError when the target holds anything else, or differs in the end
 */
export async function copyTables(copy: CopyTables): Promise<CopiedTables> {
  const { source, target, report } = copy;
  const layouts = await readLayouts(source, target);
  await source.takeSnapshot();
  const counts = await countRows(source, layouts);
  await begin(copy, { layouts, fingerprint: await fingerprintSource(source, layouts, counts) });
  for (const layout of layouts) await copyTable(copy, layout, counts.get(layout.name) ?? 0);
  report('comparing both sides');
  // What was written into the source meanwhile is not in the copy, and must be seen.
  await source.takeSnapshot();
  const tables: TableDigest[] = [];
  for (const layout of layouts) {
    tables.push(await compareTable(copy, layout, counts.get(layout.name) ?? 0));
  }
  await target.finish();
  return { tables, digest: digestAll(tables) };
}

/** @throws StartupError when the columns of the two sides differ */
async function readLayouts(source: CopySource, target: CopyTarget): Promise<Layout[]> {
  const layouts: Layout[] = [];
  for (const table of TABLES) {
    const columns = await source.listColumns(table.name);
    const targetColumns = await target.listColumns(table.name);
    if (columns.length === 0 || JSON.stringify(columns) !== JSON.stringify(targetColumns)) {
      throw new StartupError(
        `the columns of ${table.name} differ between the two databases: one of them was changed by hand`,
      );
    }
    layouts.push({ ...table, columns });
  }
  return layouts;
}

async function countRows(reader: TableReader, layouts: readonly Layout[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { name } of layouts) counts.set(name, await reader.countRows(name));
  return counts;
}

/** Two that are the same are of the same state, but for changes that neither move a clock nor add a row. */
async function fingerprintSource(
  source: CopySource,
  layouts: readonly Layout[],
  counts: ReadonlyMap<string, number>,
): Promise<string> {
  const clocks = layouts.filter(({ name }) => name === 'clocks');
  const digests = await Promise.all(clocks.map((layout) => digestTable(source, layout)));
  return createHash('sha256')
    .update(JSON.stringify([...counts, digests]))
    .digest('hex');
}

interface Begin {
  readonly layouts: readonly Layout[];
  readonly fingerprint: string;
}

/** Continues the copy that the target holds a part of, or begins one. */
async function begin(copy: CopyTables, { layouts, fingerprint }: Begin): Promise<void> {
  const { target, sourceName, report } = copy;
  const unfinished = await target.findUnfinished();
  if (unfinished === undefined) {
    if (!(await isUntouched(target, layouts))) {
      throw new StartupError(
        '--to names a database that holds data: nothing is overwritten, name an empty one',
      );
    }
  } else if (unfinished.source !== sourceName) {
    throw new StartupError(
      `--to names a database with an unfinished copy of ${unfinished.source}: ` +
        `finish that one (--from ${unfinished.source}), or name an empty database`,
    );
  } else if (unfinished.fingerprint === fingerprint) {
    report('going on with the copy that was not finished');
    return;
  } else {
    const reason = unfinished.fingerprint === '' ? 'the last copy differed' : 'the source has changed since';
    report(`${reason}: beginning again from nothing`);
  }
  await target.begin({ source: sourceName, fingerprint });
}

/** Whether a database holds nothing but what migrations put there. */
async function isUntouched(target: CopyTarget, layouts: readonly Layout[]): Promise<boolean> {
  for (const layout of layouts) {
    const initial = INITIAL_ROWS[layout.name] ?? 0;
    const rows = await target.readRows(layout, { after: undefined, limit: initial + 1 });
    if (rows.length > initial) return false;
    const isUsed = layout.columns.some(
      ({ name }, index) =>
        (name === 'api_key_hash' && rows[0]?.[index] !== null) ||
        (name === 'last_version' && rows[0]?.[index] !== 0n),
    );
    if (isUsed) return false;
  }
  return true;
}

async function copyTable(copy: CopyTables, layout: Layout, total: number): Promise<void> {
  const { source, target, report } = copy;
  const progress = new RowProgress(layout.name, total, report);
  const after = await target.findLastKey(layout);
  if (after !== undefined) progress.startAfter(await target.countRows(layout.name));
  for await (const rows of readBatches(source, layout, after)) {
    await target.writeRows(layout, rows);
    progress.add(rows.length);
  }
  progress.end();
}

/** @throws StartupError when the table is not the same on both sides */
async function compareTable(copy: CopyTables, layout: Layout, total: number): Promise<TableDigest> {
  const { source, target, report } = copy;
  const progress = new RowProgress(`comparing ${layout.name}`, total, report);
  const [original, copied] = await Promise.all([
    digestTable(source, layout, (rows) => progress.add(rows)),
    digestTable(target, layout),
  ]);
  if (original.digest === copied.digest) return original;
  await target.markWrong();
  throw new StartupError(
    `${layout.name} differs after the copy (${original.rows} rows, ${copied.rows} in the copy): something was ` +
      'written meanwhile. Stop the servers of both databases and run the command again; it begins from nothing',
  );
}

function digestAll(tables: readonly TableDigest[]): string {
  const lines = tables.map(({ name, rows, digest }) => `${name} ${rows} ${digest}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}
