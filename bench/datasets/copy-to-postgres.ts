import Database from 'better-sqlite3';
import { Client } from 'pg';

/** What the schema itself keeps. */
const OWN_TABLES = new Set(['migrations']);

const ROWS_AT_A_TIME = 5000;

interface Column {
  readonly name: string;
  readonly type: string;
}

/**
 * Copies all rows of a SQLite database to a PostgreSQL database that has the same schema. In one transaction without the
 * checks that cost most: what was right there is right here.
 */
export async function copyToPostgres(path: string, url: string): Promise<void> {
  const source = new Database(path, { readonly: true });
  // Versions have more digits than a number of JavaScript prints.
  source.defaultSafeIntegers(true);
  const target = new Client({ connectionString: url });
  await target.connect();
  try {
    await target.query('BEGIN');
    await target.query('SET LOCAL session_replication_role = replica');
    const tables = await listTables(target);
    await target.query(`TRUNCATE ${[...tables.keys()].join(', ')}`);
    for (const [table, columns] of tables) await copyTable(source, target, { table, columns });
    await target.query('COMMIT');
    await target.query('VACUUM ANALYZE');
  } finally {
    await target.end();
    source.close();
  }
}

async function listTables(target: Client): Promise<Map<string, Column[]>> {
  const { rows } = await target.query<Column & { readonly table: string }>(
    `SELECT table_name AS table, column_name AS name, udt_name AS type FROM information_schema.columns
     WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`,
  );
  const tables = new Map<string, Column[]>();
  for (const { table, name, type } of rows) {
    if (OWN_TABLES.has(table)) continue;
    const columns = tables.get(table) ?? [];
    columns.push({ name, type });
    tables.set(table, columns);
  }
  return tables;
}

interface Table {
  readonly table: string;
  readonly columns: readonly Column[];
}

async function copyTable(
  source: Database.Database,
  target: Client,
  { table, columns }: Table,
): Promise<void> {
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
  const insert = { name: table, text: `INSERT INTO ${table} (${names}) SELECT * FROM unnest(${arrays})` };
  const rows = source.prepare(`SELECT ${names} FROM ${table}`).raw().iterate() as Iterable<unknown[]>;
  let batch: unknown[][] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await target.query({ ...insert, values: transpose(batch, columns.length) });
    batch = [];
  };
  for (const row of rows) {
    batch.push(row);
    if (batch.length === ROWS_AT_A_TIME) await flush();
  }
  await flush();
}

/** A list of each column's values. */
function transpose(rows: readonly (readonly unknown[])[], columns: number): unknown[][] {
  return Array.from({ length: columns }, (_, column) => rows.map((row) => row[column]));
}
