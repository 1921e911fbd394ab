import { createHash } from 'node:crypto';
import { keyOf, type Layout, type Row, type TableReader, type Value } from './tables.js';

/** Whatever the size of a table, no more rows than these are in memory. */
export const BATCH_ROWS = 500;

export interface TableDigest {
  readonly name: string;
  readonly rows: number;
  /** SHA-256 of every row's text, in hex. */
  readonly digest: string;
}

/**
 * What is in a table, in a form that is the same for every engine: the text of each row in the order of the key.
 *
 * @param onRows called with the number of rows that have just been read
 */
export async function digestTable(
  reader: TableReader,
  layout: Layout,
  onRows: (count: number) => void = () => undefined,
): Promise<TableDigest> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const batch of readBatches(reader, layout)) {
    hash.update(batch.map(toText).join(''));
    rows += batch.length;
    onRows(batch.length);
  }
  return { name: layout.name, rows, digest: hash.digest('hex') };
}

/** All rows of a table, or those after a key. */
export async function* readBatches(
  reader: TableReader,
  layout: Layout,
  after?: Row,
): AsyncGenerator<readonly Row[]> {
  let last = after;
  for (;;) {
    const rows = await reader.readRows(layout, { after: last, limit: BATCH_ROWS });
    const newest = rows.at(-1);
    if (newest === undefined) return;
    yield rows;
    if (rows.length < BATCH_ROWS) return;
    last = keyOf(layout, newest);
  }
}

/** No two rows have the same text. */
function toText(row: Row): string {
  return `${row.map(toCell).join(',')}\n`;
}

function toCell(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  return `x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
}
