import type { Bench } from './bench.js';

/** Loads one contestant for so many seconds and returns what came of it. */
export type Load<Value> = (seconds: number) => Promise<Value>;

/**
 * Runs the contestants in turn, round after round, and returns for each of them what its rounds gave. Every round
 * begins with another one, so that none has the better place. A round before the first warms them up.
 */
export async function alternate<Value>(
  { rounds, seconds, warmUpSeconds }: Pick<Bench, 'rounds' | 'seconds' | 'warmUpSeconds'>,
  contestants: readonly Load<Value>[],
): Promise<Value[][]> {
  const values = contestants.map((): Value[] => []);
  for (const load of contestants) await load(warmUpSeconds);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + turn) % contestants.length;
      const value = await contestants[index]?.(seconds);
      if (value !== undefined) values[index]?.push(value);
    }
  }
  return values;
}

/** The quotients of two lists, round by round. */
export function divide(dividends: readonly number[], divisors: readonly number[]): number[] {
  return dividends.map((dividend, round) => dividend / (divisors[round] ?? Number.NaN));
}
