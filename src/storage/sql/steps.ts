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
 * its result, or several that do not depend on each other and is given theirs.
 *
 * So the rules of writing are there once, for engines that answer at once and for engines that answer later:
 * SQLite's group commit goes through the steps in one go, on its thread, so that nothing can get in between;
 * PostgreSQL's goes from one to the next as results arrive, and need not wait for those that bring none.
 */
export type Steps<Result> = Generator<Statement | readonly Statement[], Result, unknown>;

export function isList(step: Statement | readonly Statement[]): step is readonly Statement[] {
  return Array.isArray(step);
}

/** The first row, as the caller knows it to be; undefined when there is none. */
export function get<Row>(text: string, parameters: object): Step<Row | undefined> {
  return new Step(text, parameters, 'get');
}

export function all<Row>(text: string, parameters: object): Step<Row[]> {
  return new Step(text, parameters, 'all');
}

/** All rows, each as its values by position. */
export function values<Row extends readonly unknown[]>(text: string, parameters: object): Step<Row[]> {
  return new Step(text, parameters, 'values');
}

/** How many rows a statement changes. */
export function count(text: string, parameters: object): Step<number> {
  return new Step(text, parameters, 'count');
}

/** To be yielded by itself: it has no result. */
export function run(text: string, parameters: object): Statement {
  return { text, parameters, want: 'nothing' };
}

/** The results of several statements, none of which depends on another. */
export function* together<Result>(statements: readonly Step<Result>[]): Steps<Result[]> {
  return (yield statements) as Result[];
}

export function* both<One, Other>(one: Step<One>, other: Step<Other>): Steps<readonly [One, Other]> {
  return (yield [one, other]) as [One, Other];
}

/** A statement that `yield*` takes and gives the result of. A generator for each would cost a send a tenth of its time. */
export class Step<Result> implements Statement, Iterable<Statement, Result, unknown> {
  readonly text: string;
  readonly parameters: object;
  readonly want: Statement['want'];
  private isTaken = false;

  constructor(text: string, parameters: object, want: Statement['want']) {
    this.text = text;
    this.parameters = parameters;
    this.want = want;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(result: unknown): IteratorResult<Statement, Result> {
    if (this.isTaken) return { done: true, value: result as Result };
    this.isTaken = true;
    return { done: false, value: this };
  }
}
