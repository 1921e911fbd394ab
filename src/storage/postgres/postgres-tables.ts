import { Client, type ClientConfig, types } from 'pg';
import { explainPostgresFailure } from '../explain-postgres-failure.js';
import { quote, selectLastKey, selectRows } from '../sql/table-queries.js';
import type { Column, Key, Layout, ReadRows, Row, TableReader, Value } from '../tables.js';
import { plainOptions } from './connection-options.js';
import { FIND_UNFINISHED_COPY } from './find-unfinished-copy.js';

const { INT2, INT4, INT8 } = types.builtins;
const INTEGERS: ReadonlySet<number> = new Set([INT2, INT4, INT8]);

const KINDS: Readonly<Record<string, Column['kind']>> = {
  bigint: 'integer',
  smallint: 'integer',
  text: 'text',
  bytea: 'bytes',
};

/**
 * How the connection of a copy is set up, whatever is usual on the server: it may be idle while the other side
 * works, and rows are read by their key, never sorted, also before it is known how many there are.
 */
const SET_UP = `
  SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET enable_sort = off; SET jit = off`;

/** A PostgreSQL database as tables of rows. */
export class PostgresTables implements TableReader {
  readonly #client: Client;
  protected readonly url: string;
  /** Why there is no connection any more. */
  #lostBy: Error | undefined;

  constructor(url: string) {
    this.#client = new Client(copyOptions(url));
    this.url = url;
    // Whatever is asked next fails, with an error that does not say why.
    this.#client.on('error', (error) => (this.#lostBy ??= error));
  }

  async listColumns(table: string): Promise<readonly Column[]> {
    const query = `SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute
      WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped ORDER BY attname::text COLLATE "C"`;
    const rows = (await this.query(query, [table])) as [string, string][];
    return rows.map(([name, type]) => ({ name, kind: kindOf(type) }));
  }

  async countRows(table: string): Promise<number> {
    const [row] = await this.query(`SELECT count(*) FROM ${quote(table)}`);
    return Number(row?.[0]);
  }

  readRows(layout: Layout, query: ReadRows): Promise<readonly Row[]> {
    const { text, values } = selectRows(layout, query);
    return this.query(text, values.map(toParameter));
  }

  async findLastKey(layout: Layout): Promise<Key | undefined> {
    return (await this.query(selectLastKey(layout)))[0];
  }

  protected async hasUnfinishedCopy(): Promise<boolean> {
    return (await this.query(FIND_UNFINISHED_COPY)).length > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }

  /** Has to be called before anything else. */
  protected async connect(): Promise<void> {
    await this.attempt(async () => {
      await this.#client.connect();
      await this.#client.query(SET_UP);
    });
  }

  /** Rows by position, their integers with all digits. */
  protected async query(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const query = { text: numberHoles(text), values: [...values], rowMode: 'array' as const };
    const { rows } = await this.attempt(() => this.#client.query<Value[]>(query));
    return rows;
  }

  /** Several statements, which have no parameters. */
  protected async run(text: string): Promise<void> {
    await this.attempt(() => this.#client.query(text));
  }

  /** A failure that the operator can mend says what to do. */
  protected async attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw explainPostgresFailure(this.#lostBy ?? error, this.url);
    }
  }
}

function copyOptions(url: string): ClientConfig {
  return { ...plainOptions(url), application_name: 'tidemark copy', types: { getTypeParser } };
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return INTEGERS.has(oid) && format !== 'binary' ? BigInt : types.getTypeParser(oid, format);
}

function kindOf(type: string): Column['kind'] {
  const kind = KINDS[type];
  if (kind === undefined) throw new Error(`a column of type ${type} cannot be copied`);
  return kind;
}

/** As the driver takes it: integers as text, which has all their digits. */
export function toParameter<Other>(value: Other | bigint): Other | string {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Parameters have numbers here. */
function numberHoles(text: string): string {
  let count = 0;
  return text.replaceAll('?', () => `$${(count += 1)}`);
}
