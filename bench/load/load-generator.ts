import { startChildProgram } from '../processes/child-program.js';
import type { LoadJob } from './load.js';
import type { SaturatingJob, SaturatingResult } from './run-saturating.js';
import type { SteadyJob, SteadyResult } from './run-steady.js';
import type { OpenWaitersJob, WakeResult, WakeWaitersJob } from './waiters.js';

/** A process that generates load; one job at a time. */
export interface LoadGenerator extends AsyncDisposable {
  saturate(this: void, job: Omit<SaturatingJob, 'kind'>): Promise<SaturatingResult>;
  poll(this: void, job: Omit<SteadyJob, 'kind'>): Promise<SteadyResult>;
  openWaiters(this: void, job: Omit<OpenWaitersJob, 'kind'>): Promise<void>;
  wakeWaiters(this: void, job: Omit<WakeWaitersJob, 'kind'>): Promise<WakeResult>;
}

export function startLoadGenerator(): LoadGenerator {
  const program = startChildProgram<LoadJob, unknown>('load/load.js');
  return {
    saturate: async (job) => (await program.do({ kind: 'saturating', ...job })) as SaturatingResult,
    poll: async (job) => (await program.do({ kind: 'steady', ...job })) as SteadyResult,
    openWaiters: async (job) => void (await program.do({ kind: 'open-waiters', ...job })),
    wakeWaiters: async (job) => (await program.do({ kind: 'wake-waiters', ...job })) as WakeResult,
    [Symbol.asyncDispose]: program[Symbol.asyncDispose],
  };
}
