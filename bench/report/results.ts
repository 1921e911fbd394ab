import type { Dataset } from '../datasets/provide-dataset.js';
import type { Environment } from './environment.js';
import { type Row, verdictOf } from './row.js';
import { spreadOf } from './statistics.js';

export interface Run {
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly secondsPerLoad: number;
  readonly environment: Environment;
  readonly datasets: readonly Dataset[];
  readonly rows: readonly Row[];
}

/** What a run found, for programs: every value of every round, so that anything else can be computed from it. */
export function renderResults({ isQuick, environment, datasets, rows, ...run }: Run): string {
  const results = {
    ...environment,
    mode: isQuick ? 'quick' : 'full',
    ...run,
    datasets: datasets.map(({ name, bytes, builtInSeconds }) => ({ name, bytes, builtInSeconds })),
    rows: rows.map((row) => ({
      id: row.id,
      case: row.title,
      subject: row.subject,
      baseline: row.baseline,
      unit: row.unit,
      ...(row.values.length > 0 && spreadOf(row.values)),
      values: row.values,
      target: row.target,
      verdict: verdictOf(row),
      note: row.note,
    })),
  };
  return `${JSON.stringify(results, round, 2)}\n`;
}

/** More digits than a measurement knows are noise in every diff. */
function round(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
