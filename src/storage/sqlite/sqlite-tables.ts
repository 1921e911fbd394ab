import { setImmediate } from 'node:timers/promises';
import { explainOpenFailure } from '../explain-open-failure.js';
import { quote, selectLastKey, selectRows } from '../sql/table-queries.js';
import type { Column, Key, Layout, ReadRows, Row, TableReader } from '../tables.js';
import type { SqliteDatabase } from './open-database.js';

const KINDS: Readonly<Record<string, Column['kind']>> = { INTEGER: 'integer', TEXT: 'text', BLOB: 'bytes' };

/** A database file as tables of rows. */
export class SqliteTables implements TableReader {
  protected readonly database: SqliteDatabase;
  readonly #path: string;

  constructor(database: SqliteDatabase, path: string) {
    this.database = database;
    this.#path = path;
  }

  listColumns(table: string): Promise<readonly Column[]> {
    return this.attempt(() => {
      const query = 'SELECT name, type FROM pragma_table_info(?) ORDER BY name';
      const rows = this.database.prepare<[string], { name: string; type: string }>(query).all(table);
      return rows.map(({ name, type }) => ({ name, kind: kindOf(type) }));
    });
  }

  countRows(table: string): Promise<number> {
    const query = `SELECT count(*) FROM ${quote(table)}`;
    return this.attempt(() => Number(this.database.prepare(query).pluck().get()));
  }

  async readRows(layout: Layout, query: ReadRows): Promise<readonly Row[]> {
    // SQLite waits for nothing: without this, the other side would not be heard until all rows are read.
    await setImmediate();
    const { text, values } = selectRows(layout, query);
    return this.attempt(() => this.#all(text, values));
  }

  findLastKey(layout: Layout): Promise<Key | undefined> {
    return this.attempt(() => this.#all(selectLastKey(layout), [])[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.database.close();
  }

  /** A failure that the operator can mend says what to do. */
  protected async attempt<Result>(work: () => Result): Promise<Result> {
    try {
      return work();
    } catch (error) {
      throw explainOpenFailure(error, this.#path);
    }
  }

  /** Rows by position, their integers with all digits. */
  #all(text: string, values: readonly unknown[]): Row[] {
    const statement = this.database.prepare<unknown[], Row>(text);
    return statement
      .raw(true)
      .safeIntegers(true)
      .all(...values);
  }
}

function kindOf(type: string): Column['kind'] {
  const kind = KINDS[type];
  if (kind === undefined) throw new Error(`a column of type ${type} cannot be copied`);
  return kind;
}
