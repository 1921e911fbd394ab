import type { FaultsDeps } from './faults.js';
import { pause, type HttpClient } from './http-client.js';
import type { ServerProcess } from './server-process.js';

const LOOK_EVERY_MS = 5;
const MOMENT_MS = 1000;

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

/** Mostly back, by seconds up to minutes; now and then forward again, to the right time. While somebody polls. */
export async function stepClock(
  server: ServerProcess,
  { client, figures, random }: FaultsDeps,
): Promise<undefined> {
  const isBack = server.offsetMs === 0 || random.chance(60);
  const offsetMs = isBack ? server.offsetMs - random.between(2000, 120_000) : 0;
  let polls: number[] = [];
  await soon(() => (polls = listPolls(client, server)).length > 0);
  server.setClock(offsetMs);
  figures.clockSteps += 1;
  await pause(random.between(50, 200));
  const isAnswered = await soon(() => polls.some((sentMs) => !client.inFlight.has(sentMs)));
  if (isBack && isAnswered) figures.saw('clock stepped back during a poll');
}

/** When each poll was sent that this server has not answered yet. */
function listPolls({ inFlight }: HttpClient, { baseUrl }: ServerProcess): number[] {
  return [...inFlight]
    .filter(([, { path, server }]) => path === '/conversation/sync' && server === baseUrl)
    .map(([sentMs]) => sentMs);
}

/** Whether it comes true within a moment. */
async function soon(isSo: () => boolean): Promise<boolean> {
  const giveUpMs = performance.now() + MOMENT_MS;
  while (!isSo() && performance.now() < giveUpMs) await pause(LOOK_EVERY_MS);
  return isSo();
}
