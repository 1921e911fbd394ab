import { doJobs } from '../processes/child-program.js';
import { runSaturating, type SaturatingJob } from './run-saturating.js';
import { runSteady, type SteadyJob } from './run-steady.js';
import { type OpenWaitersJob, Waiters, type WakeWaitersJob } from './waiters.js';

export type LoadJob = SaturatingJob | SteadyJob | OpenWaitersJob | WakeWaitersJob;

let waiters: Waiters | undefined;

async function openWaiters(job: OpenWaitersJob): Promise<void> {
  waiters = new Waiters(job);
  await waiters.open(job.count);
}

/** The load generator, which shares its event loop with no server. */
doJobs(async (job: LoadJob): Promise<unknown> => {
  switch (job.kind) {
    case 'saturating':
      return runSaturating(job);
    case 'steady':
      return runSteady(job);
    case 'open-waiters':
      return openWaiters(job);
    case 'wake-waiters':
      return waiters?.wake(job.wakes);
  }
});
