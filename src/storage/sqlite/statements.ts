import type { Statement } from 'better-sqlite3';
import type { SqliteDatabase } from './open-database.js';

/**
 * Prepared statements, each prepared once. Texts are constants or built from a few shapes.
 *
 * A parameter that is all of a LIMIT is planned for by its value: SQLite prepares the statement anew each time that
 * it is bound, which takes longer than most of them run. It does not look at `LIMIT @size + 0`.
 */
export class Statements {
  readonly #database: SqliteDatabase;
  readonly #prepared = new Map<string, Statement>();
  #writes = 0;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** How many statements have been run that return nothing. */
  get writes(): number {
    return this.#writes;
  }

  /** The first row, as the caller knows it to be; undefined when there is none. */
  get<Row>(sql: string, parameters: object): Row | undefined {
    return this.#prepare(sql).get(parameters) as Row | undefined;
  }

  all<Row>(sql: string, parameters: object): Row[] {
    return this.#prepare(sql).all(parameters) as Row[];
  }

  /**
   * All rows, each as its values by position. The statement goes by a name, so that a text which takes time to
   * build is built once.
   */
  values<Row extends readonly unknown[]>(name: string, build: () => string, parameters: object): Row[] {
    const statement = this.#prepareOnce(name, () => this.#database.prepare(build()).raw());
    return statement.all(parameters) as unknown as Row[];
  }

  /** All rows of a statement that returns one text each. */
  texts<Text extends string>(name: string, build: () => string, parameters: object): Text[] {
    const statement = this.#prepareOnce(name, () => this.#database.prepare(build()).pluck());
    return statement.all(parameters) as Text[];
  }

  /** Runs a statement that returns nothing; the answer is how many rows it changed. */
  run(sql: string, parameters: object = {}): number {
    this.#writes += 1;
    return this.#prepare(sql).run(parameters).changes;
  }

  #prepare(sql: string): Statement {
    return this.#prepareOnce(sql, () => this.#database.prepare(sql));
  }

  #prepareOnce(name: string, prepare: () => Statement): Statement {
    const present = this.#prepared.get(name);
    if (present) return present;
    const statement = prepare();
    this.#prepared.set(name, statement);
    return statement;
  }
}
