import type { Request } from '../load/request.js';
import { findCpuSeconds } from '../processes/process-stats.js';
import type { CpuUse, Side } from '../report/row.js';
import type { Load } from './alternate.js';
import type { Bench } from './bench.js';

/** A server that is asked. */
export interface Contestant {
  readonly url: string;
  readonly pid: number;
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
  { url, pid }: Contestant,
): Load<Throughput> {
  return async (seconds) => {
    const startMs = performance.now();
    const before = findCpuSeconds(pid);
    const { requestsPerSecond, requests } = await load.saturate({ url, seconds, ...saturation });
    const after = findCpuSeconds(pid);
    const passedSeconds = (performance.now() - startMs) / 1000;
    const hasCpu = before !== undefined && after !== undefined;
    const cpu = hasCpu ? toCpuUse(after - before, { passedSeconds, requests }) : undefined;
    return { perSecond: requestsPerSecond, cpu };
  };
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
