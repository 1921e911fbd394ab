import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../report/statistics.js';
import { exchange } from './exchange.js';
import type { Request } from './request.js';

/** Requests that leave at a fixed rate, whether or not those before them are answered. */
export interface SteadyStream {
  readonly perSecond: number;
  readonly requests: readonly Request[];
}

export interface SteadyJob extends SteadyStream {
  readonly kind: 'steady';
  readonly url: string;
  readonly seconds: number;
  /** Sent at the same time, and not timed. */
  readonly beside?: SteadyStream;
}

export interface SteadyResult {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const TICK_MS = 1;

export async function runSteady(job: SteadyJob): Promise<SteadyResult> {
  const agent = new Agent({ keepAlive: true });
  const [values] = await Promise.all([
    send(agent, job, job),
    job.beside === undefined ? [] : send(agent, job, job.beside),
  ]);
  agent.destroy();
  return { count: values.length, p50Ms: percentile(values, 50), p99Ms: percentile(values, 99) };
}

/** Returns how long each request took, in milliseconds. */
async function send(
  agent: Agent,
  { url, seconds }: Pick<SteadyJob, 'url' | 'seconds'>,
  { perSecond, requests }: SteadyStream,
): Promise<number[]> {
  const startMs = performance.now();
  const passedSeconds = (): number => (performance.now() - startMs) / 1000;
  const latencies: Promise<number>[] = [];
  while (passedSeconds() < seconds) {
    for (const due = passedSeconds() * perSecond; latencies.length < due;) {
      const request = requests[latencies.length % requests.length];
      if (!request) throw new Error('there are no requests to send');
      const latency = measure(agent, url, request);
      // Failures are looked at when all requests have left.
      latency.catch(() => {});
      latencies.push(latency);
    }
    await sleep(TICK_MS);
  }
  return Promise.all(latencies);
}

async function measure(agent: Agent, url: string, request: Request): Promise<number> {
  const startMs = performance.now();
  await exchange(agent, url, request).answered;
  return performance.now() - startMs;
}
