import { doJobs } from '../processes/child-program.js';
import { runSaturating, type SaturatingJob } from './run-saturating.js';
import { runSteady, type SteadyJob } from './run-steady.js';
import { type OpenWaitersJob, Waiters, type WakeResult, type WakeWaitersJob } from './waiters.js';

export type LoadJob = SaturatingJob | SteadyJob | OpenWaitersJob | WakeWaitersJob;

let waiters: Waiters | undefined;

async function openWaiters(job: OpenWaitersJob): Promise<void> {
  waiters = new Waiters(job);
  await waiters.open(job.count);
}

async function wakeWaiters({ wakes }: WakeWaitersJob): Promise<WakeResult> {
  if (!waiters) throw new Error('there are no waiters to wake');
  return waiters.wake(wakes);
}

const RUN = {
  saturating: runSaturating,
  steady: runSteady,
  'open-waiters': openWaiters,
  'wake-waiters': wakeWaiters,
} satisfies { [Kind in LoadJob['kind']]: (job: Extract<LoadJob, { kind: Kind }>) => Promise<unknown> };

/** The load generator, which shares its event loop with no server. */
doJobs((job: LoadJob) => RUN[job.kind](job as never));
