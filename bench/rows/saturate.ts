import type { Request } from '../load/request.js';
import { findCpuSeconds } from '../processes/process-stats.js';
import type { Side } from '../report/row.js';
import type { Bench } from './bench.js';

/** A server that is asked. */
export interface Contestant {
  readonly url: string;
  readonly pid: number;
}

/** What one contestant got through in one round. */
export interface Throughput {
  readonly perSecond: number;
  /** The share of a core that it used; undefined where the system does not tell. */
  readonly busy: number | undefined;
}

interface Saturation {
  readonly requests: readonly Request[];
  readonly connections: number;
}

/** Returns how to find out what a contestant gets through. */
export function saturate(
  { load, seconds }: Pick<Bench, 'load' | 'seconds'>,
  saturation: Saturation,
  { url, pid }: Contestant,
): () => Promise<Throughput> {
  return async () => {
    const startMs = performance.now();
    const before = findCpuSeconds(pid);
    const { requestsPerSecond } = await load.saturate({ url, seconds, ...saturation });
    const after = findCpuSeconds(pid);
    const passedSeconds = (performance.now() - startMs) / 1000;
    const busy = before === undefined || after === undefined ? undefined : (after - before) / passedSeconds;
    return { perSecond: requestsPerSecond, busy };
  };
}

export function toSide(name: string, rounds: readonly Throughput[]): Side {
  const busy = rounds.map((round) => round.busy).filter((share) => share !== undefined);
  return {
    name,
    unit: '/s',
    values: rounds.map(({ perSecond }) => perSecond),
    ...(busy.length > 0 && { busy }),
  };
}
