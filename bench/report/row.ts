import { spreadOf, type Spread } from './statistics.js';

/** What is measured, in which unit. */
export type Unit = '/s' | 'ms' | 'µs' | 'KB' | 'MB' | '×';

/** One side of a row: what was asked, and what each round gave. */
export interface Side {
  readonly name: string;
  readonly unit: Unit;
  readonly values: readonly number[];
  /** In each round; left out where the system does not tell. */
  readonly cpu?: readonly CpuUse[];
}

/** What a server spent on a load. Unlike throughput, it does not suffer from what else runs on the machine. */
export interface CpuUse {
  readonly microsecondsEach: number;
  /** 1 is one core all the time. */
  readonly cores: number;
}

export interface Target {
  readonly bound: number;
  readonly isMet: 'at least' | 'at most';
  readonly words: string;
}

/** A line of the table. */
export interface Row {
  /** By which `--only` finds it. */
  readonly id: string;
  /** In the words of the list of targets. */
  readonly title: string;
  readonly subject: Side | undefined;
  readonly baseline: Side | undefined;
  /** What the target is about: one value for each round. */
  readonly unit: Unit;
  readonly values: readonly number[];
  readonly target: Target | undefined;
  /** Why there are no values, or what to know about them. */
  readonly note?: string;
}

export type Verdict = 'ok' | 'missed' | 'no target' | 'n/a';

export function verdictOf({ values, target }: Pick<Row, 'values' | 'target'>): Verdict {
  if (values.length === 0) return 'n/a';
  if (!target) return 'no target';
  const { median } = spreadOf(values);
  const isMet = target.isMet === 'at least' ? median >= target.bound : median <= target.bound;
  return isMet ? 'ok' : 'missed';
}

/** How far a row is from its target: 1 is just met, more is better; undefined where there is none to compare. */
export function scoreOf({ values, target }: Pick<Row, 'values' | 'target'>): Spread | undefined {
  if (values.length === 0 || !target) return undefined;
  const { bound, isMet } = target;
  return spreadOf(values.map((value) => (isMet === 'at least' ? value / bound : bound / value)));
}

export function atLeast(bound: number, of: string): Target {
  return { bound, isMet: 'at least', words: `≥ ${bound} × ${of}` };
}

export function atMost(bound: number, words: string): Target {
  return { bound, isMet: 'at most', words: `≤ ${bound} ${words}` };
}
