import type { FaultsDeps } from './faults.js';
import { pause } from './http-client.js';
import type { ServerProcess } from './server-process.js';

/** As when its machine is busy with something else. */
export async function stopForAWhile(
  server: ServerProcess,
  { workload, figures, random }: FaultsDeps,
): Promise<undefined> {
  const asked = workload.pendingAt(server.baseUrl);
  server.pause();
  await pause(random.between(50, 600));
  const isWaitedFor = asked.some((send) => workload.isPending(send));
  server.resume();
  figures.pauses += 1;
  if (isWaitedFor) figures.saw('stopped with a request in flight');
}

/** Mostly back, by seconds up to minutes; now and then forward again, to the right time. */
export async function stepClock(
  server: ServerProcess,
  { client, figures, random }: FaultsDeps,
): Promise<undefined> {
  const isBack = server.offsetMs === 0 || random.chance(60);
  const polls = [...client.inFlight].filter(
    ([, request]) => request.path === '/conversation/sync' && request.server === server.baseUrl,
  );
  server.setClock(isBack ? server.offsetMs - random.between(2000, 120_000) : 0);
  figures.clockSteps += 1;
  await pause(random.between(50, 200));
  const isAnswered = polls.some(([sentMs]) => !client.inFlight.has(sentMs));
  if (isBack && isAnswered) figures.saw('clock stepped back during a poll');
}
