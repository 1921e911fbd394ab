import type { Dataset } from '../datasets/provide-dataset.js';
import type { Scale, Shape } from '../datasets/shapes.js';
import type { LoadGenerator } from '../load/load-generator.js';
import type { Row } from '../report/row.js';

/** What every row is given. */
export interface Bench {
  readonly scale: Scale;
  readonly rounds: number;
  /** How long each load lasts. */
  readonly seconds: number;
  /** How long a contestant is loaded before its first round: code that ran often is compiled then. */
  readonly warmUpSeconds: number;
  readonly load: LoadGenerator;
  /** A database to read from. */
  provide(this: void, shape: Shape): Dataset;
  /** The URL of a PostgreSQL database that holds the same, to read and to write. */
  provideOnPostgres(this: void, shape: Shape): Promise<string>;
  /** The path of a copy to write to, which is removed at the end. */
  copy(this: void, dataset: Dataset): string;
  say(this: void, line: string): void;
}

/** Rows that are measured together, on the same servers. */
export interface Station {
  readonly ids: readonly string[];
  /** Returns the rows of those ids that are wanted. */
  run(this: void, bench: Bench, wants: (id: string) => boolean): Promise<Row[]>;
}
