import type { Request } from '../load/request.js';
import { findCpuSeconds } from '../processes/process-stats.js';
import type { CpuUse, Side } from '../report/row.js';
import type { Load } from './alternate.js';
import type { Bench } from './bench.js';

/** A server that is asked. */
export interface Contestant {
  readonly url: string;
  readonly pid: number;
  /** Further servers of the same database. */
  readonly others?: readonly Omit<Contestant, 'others'>[];
}

/** What one contestant got through in one round. */
export interface Throughput {
  readonly perSecond: number;
  readonly cpu: CpuUse | undefined;
}

interface Saturation {
  readonly requests: readonly Request[];
  readonly connections: number;
}

/** Returns how to find out what a contestant gets through. */
export function saturate(
  { load }: Pick<Bench, 'load'>,
  saturation: Saturation,
  { url, pid, others = [] }: Contestant,
): Load<Throughput> {
  const pids = [pid, ...others.map((other) => other.pid)];
  const otherUrls = others.map((other) => other.url);
  return async (seconds) => {
    const startMs = performance.now();
    const before = sumCpuSeconds(pids);
    const { requestsPerSecond, requests } = await load.saturate({ url, otherUrls, seconds, ...saturation });
    const after = sumCpuSeconds(pids);
    const passedSeconds = (performance.now() - startMs) / 1000;
    const hasCpu = before !== undefined && after !== undefined;
    const cpu = hasCpu ? toCpuUse(after - before, { passedSeconds, requests }) : undefined;
    return { perSecond: requestsPerSecond, cpu };
  };
}

/** Undefined where the system does not tell. */
function sumCpuSeconds(pids: readonly number[]): number | undefined {
  const seconds = pids.map(findCpuSeconds);
  return seconds.includes(undefined) ? undefined : seconds.reduce<number>((sum, one) => sum + (one ?? 0), 0);
}

function toCpuUse(
  cpuSeconds: number,
  { passedSeconds, requests }: { passedSeconds: number; requests: number },
): CpuUse {
  return { microsecondsEach: (cpuSeconds * 1e6) / requests, cores: cpuSeconds / passedSeconds };
}

export function toSide(name: string, rounds: readonly Throughput[]): Side {
  const values = rounds.map(({ perSecond }) => perSecond);
  const cpu = rounds.map((round) => round.cpu).filter((use) => use !== undefined);
  return { name, unit: '/s', values, ...(cpu.length > 0 && { cpu }) };
}
