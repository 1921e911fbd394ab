import type { LossColumn } from './violation.js';

/** What a fault has to have done at least once, or the run has proved nothing about it. */
export type Sometimes =
  | 'killed inside a commit'
  | 'killed between commit and reply'
  | 'killed before the commit'
  | 'clock stepped back during a poll'
  | 'a later message with an earlier time'
  | 'stopped with a request in flight'
  | 'reply dropped'
  | 'reply applied twice'
  | 'died before saving its cursor'
  | 'retry answered with the first answer'
  | 'slow reader finished'
  | 'wait woken by a write'
  | 'limit left more behind'
  | 'deletion delivered'
  | 'gap filled'
  | 'reset seen'
  | 'edit seen'
  | 'page turned while others wrote'
  | 'wait woken through another server'
  | 'retried at another server'
  | 'refused while the database was away'
  | 'commit delayed'
  | 'commit cut off by the database'
  | 'listening session ended'
  | 'replay paused'
  | 'replica killed'
  | 'replica asked';

const LOSSES: readonly LossColumn[] = [
  'lost',
  'acked but missing',
  'divergent',
  'duplicates',
  'stuck replicas',
  'broken rules',
];

const FSYNC_NOTE =
  'kill -9 does not test fsync: the page cache survives the process. That an answer waits for the disk is a ' +
  "setting (SQLite's synchronous=FULL, PostgreSQL's synchronous_commit), not a finding of this run.";

/** Everything that the checker counts. */
export class Figures {
  operations = 0;
  kills = 0;
  databaseRestarts = 0;
  pauses = 0;
  clockSteps = 0;
  rows = 0;
  audits = 0;
  readonly pollsToConverge: number[] = [];
  readonly stalenessMs: number[] = [];
  readonly recoveryMs: number[] = [];
  readonly idleBytes: number[] = [];
  readonly losses = new Map<LossColumn, number>(LOSSES.map((column) => [column, 0]));
  readonly #sometimes = new Map<Sometimes, number>();

  saw(event: Sometimes, times = 1): void {
    this.#sometimes.set(event, (this.#sometimes.get(event) ?? 0) + times);
  }

  timesSeen(event: Sometimes): number {
    return this.#sometimes.get(event) ?? 0;
  }

  /** The table, as text. */
  print({ seconds, replies, expected }: RunSummary): string {
    const figures: [string, string][] = [
      ['seconds', String(Math.round(seconds))],
      ['operations acknowledged', String(this.operations)],
      ['kill -9', String(this.kills)],
      ...(this.databaseRestarts > 0
        ? [['database restarts', String(this.databaseRestarts)] as [string, string]]
        : []),
      ['pauses (SIGSTOP)', String(this.pauses)],
      ['clock steps', String(this.clockSteps)],
      ['replies checked', String(replies)],
      ['rows checked', String(this.rows)],
      ['audits', String(this.audits)],
      ...[...this.losses].map(([column, count]): [string, string] => [column, String(count)]),
      ['polls to converge (p50, max)', spread(this.pollsToConverge, [50, 100], '')],
      ['acked → visible (p50, p99)', spread(this.stalenessMs, [50, 99], ' ms')],
      ['recovery after kill (p50, max)', spread(this.recoveryMs, [50, 100], ' ms')],
      ['body of an idle poll (p50)', spread(this.idleBytes, [50], ' bytes')],
    ];
    const events = [...expected].map(([event, need]): [string, string] => {
      const count = this.timesSeen(event);
      if (need === 'impossible') return [event, 'n/a'];
      return [
        event,
        need === 'optional' && count === 0 ? '0 (not required of so short a run)' : String(count),
      ];
    });
    return [...align(figures), '', 'sometimes', ...align(events), '', FSYNC_NOTE].join('\n');
  }

  toJson({ seconds, replies, expected }: RunSummary): object {
    const { operations, kills, databaseRestarts, pauses, clockSteps, rows, audits } = this;
    return {
      seconds,
      operations,
      kills,
      databaseRestarts,
      pauses,
      clockSteps,
      replies,
      rows,
      audits,
      losses: Object.fromEntries(this.losses),
      pollsToConverge: percentiles(this.pollsToConverge, [50, 100]),
      stalenessMs: percentiles(this.stalenessMs, [50, 99]),
      recoveryMs: percentiles(this.recoveryMs, [50, 100]),
      idleBytes: percentiles(this.idleBytes, [50]),
      sometimes: Object.fromEntries([...expected.keys()].map((event) => [event, this.timesSeen(event)])),
    };
  }
}

/** Whether an event has to be seen in this run, may be seen, or cannot be. */
export type Need = 'required' | 'optional' | 'impossible';

export interface RunSummary {
  readonly seconds: number;
  readonly replies: number;
  readonly expected: ReadonlyMap<Sometimes, Need>;
}

function align(lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

function spread(values: readonly number[], percents: readonly number[], unit: string): string {
  if (values.length === 0) return 'n/a';
  return `${percentiles(values, percents)
    .map((value) => value.toFixed(0))
    .join(', ')}${unit}`;
}

function percentiles(values: readonly number[], percents: readonly number[]): number[] {
  const sorted = values.toSorted((one, other) => one - other);
  return percents.map((percent) => sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0);
}
