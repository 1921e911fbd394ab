/** One statement of an operation. Its values are named: `@channelId` stands for `parameters.channelId`. */
export interface Statement {
  readonly text: string;
  readonly parameters: object;
  /**
   * What its result is to be: the first row or undefined, all rows, all rows as their values by position, the
   * number of changed rows, or nothing that anybody waits for.
   */
  readonly want: 'get' | 'all' | 'values' | 'count' | 'nothing';
}

/**
 * An operation on an SQL database, as the statements that it takes: a generator that yields each and is given
 * its result.
 *
 * So the rules of writing are there once, for engines that answer at once and for engines that answer later:
 * SQLite's group commit goes through the steps in one go, on its thread, so that nothing can get in between;
 * PostgreSQL's goes from one to the next as results arrive, and need not wait for those that bring none.
 */
export type Steps<Result> = Generator<Statement, Result, unknown>;

/** The first row, as the caller knows it to be; undefined when there is none. */
export function* get<Row>(text: string, parameters: object): Steps<Row | undefined> {
  return (yield { text, parameters, want: 'get' }) as Row | undefined;
}

export function* all<Row>(text: string, parameters: object): Steps<Row[]> {
  return (yield { text, parameters, want: 'all' }) as Row[];
}

/** All rows, each as its values by position. */
export function* values<Row extends readonly unknown[]>(text: string, parameters: object): Steps<Row[]> {
  return (yield { text, parameters, want: 'values' }) as Row[];
}

/** How many rows a statement changes. */
export function* count(text: string, parameters: object): Steps<number> {
  return (yield { text, parameters, want: 'count' }) as number;
}

export function* run(text: string, parameters: object): Steps<void> {
  yield { text, parameters, want: 'nothing' };
}
