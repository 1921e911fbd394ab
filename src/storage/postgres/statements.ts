import type { QueryArrayConfig, QueryConfig, QueryResult } from 'pg';
import { isList, type Statement, type Steps } from '../sql/steps.js';
import type { Queries } from './queries.js';

/** A connection, or a pool that chooses one for each statement. */
export interface Queryable {
  query(query: QueryConfig | QueryArrayConfig): Promise<QueryResult>;
}

/** Statements that read. Several may be asked at once: on one connection they go out together. */
export class Statements {
  readonly #connection: Queryable;
  readonly #queries: Queries;

  constructor(connection: Queryable, queries: Queries) {
    this.#connection = connection;
    this.#queries = queries;
  }

  /** The first row, as the caller knows it to be; undefined when there is none. */
  async get<Row>(text: string, parameters: object): Promise<Row | undefined> {
    return (await this.#ask({ text, parameters, want: 'get' })) as Row | undefined;
  }

  async all<Row>(text: string, parameters: object): Promise<Row[]> {
    return (await this.#ask({ text, parameters, want: 'all' })) as Row[];
  }

  /** All rows, each as its values by position. */
  async values<Row extends readonly unknown[]>(text: string, parameters: object): Promise<Row[]> {
    return (await this.#ask({ text, parameters, want: 'values' })) as Row[];
  }

  /** Goes through the steps of an operation, one after the other. */
  async follow<Result>(steps: Steps<Result>): Promise<Result> {
    let step = steps.next();
    while (!step.done) {
      const { value } = step;
      const asked = isList(value) ? Promise.all(value.map((each) => this.#ask(each))) : this.#ask(value);
      step = steps.next(await asked);
    }
    return step.value;
  }

  async #ask(statement: Statement): Promise<unknown> {
    return resultOf(statement, await this.#connection.query(this.#queries.toQuery(statement)));
  }
}

/** What a statement wants of its result. */
export function resultOf({ want }: Statement, { rows, rowCount }: QueryResult): unknown {
  switch (want) {
    case 'get':
      return rows[0];
    case 'count':
      return rowCount ?? 0;
    case 'nothing':
      return undefined;
    case 'all':
    case 'values':
    default:
      return rows;
  }
}
