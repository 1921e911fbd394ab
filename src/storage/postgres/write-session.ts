import type { Client, QueryResult } from 'pg';
import { AppError } from '../../domain/errors.js';
import { isList, type Statement, type Steps } from '../sql/steps.js';
import type { Queries } from './queries.js';
import { resultOf } from './statements.js';

/**
 * The statements of one write transaction. Those whose result nobody waits for go out with the next that is waited
 * for. When one of them fails, so does everything after it, and what is then thrown is the failure that came first.
 */
export class WriteSession {
  readonly #client: Client;
  readonly #queries: Queries;
  #failure: Error | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #writes = 0;

  constructor(client: Client, queries: Queries) {
    this.#client = client;
    this.#queries = queries;
  }

  /** How many statements have been sent that change something. */
  get writes(): number {
    return this.#writes;
  }

  async follow<Result>(steps: Steps<Result>): Promise<Result> {
    let step = steps.next();
    while (!step.done) {
      const { value } = step;
      step = steps.next(isList(value) ? await this.#takeAll(value) : await this.#take(value));
    }
    return step.value;
  }

  /** Returns undefined where nobody waits. */
  #take(statement: Statement): Promise<unknown> | undefined {
    if (statement.want === 'nothing' || statement.want === 'count') this.#writes += 1;
    if (statement.want !== 'nothing') return this.ask(statement);
    this.send(statement);
    return undefined;
  }

  #takeAll(statements: readonly Statement[]): Promise<unknown[]> {
    return Promise.all(statements.map(async (statement) => this.#take(statement)));
  }

  /** Sends a statement that returns nothing. */
  send(statement: Statement | string): void {
    this.#last = this.#query(statement).catch((error: Error) => {
      this.#failure ??= error;
    });
  }

  async ask(statement: Statement): Promise<unknown> {
    return resultOf(statement, await this.#await(this.#query(statement)));
  }

  /** Waits until everything that was sent is done. */
  async settle(): Promise<void> {
    await this.#await(this.#last);
  }

  /** Resolves when all of it is durable. */
  async commit(): Promise<void> {
    const { command } = await this.#await(this.#client.query('COMMIT'));
    // So does the server answer when there is nothing left to be committed.
    if (command !== 'COMMIT') throw new AppError('INTERNAL', `COMMIT was answered with ${command}`);
  }

  async rollBack(): Promise<void> {
    await this.#client.query('ROLLBACK');
  }

  /** Takes back what was sent since SAVEPOINT operation. */
  async rollBackToSavepoint(): Promise<void> {
    await this.#last;
    this.#failure = undefined;
    this.send('ROLLBACK TO operation');
    this.send('RELEASE operation');
    await this.settle();
  }

  #query(statement: Statement | string): Promise<QueryResult> {
    return this.#client.query(typeof statement === 'string' ? statement : this.#queries.toQuery(statement));
  }

  async #await<Result>(sent: Promise<Result>): Promise<Result> {
    let result: Result;
    try {
      result = await sent;
    } catch (error) {
      throw this.#failure ?? error;
    }
    if (this.#failure) throw this.#failure;
    return result;
  }
}
