import { Faults, type FaultsDeps } from './faults.js';
import { stepClock, stopForAWhile } from './process-faults.js';
import type { ServerProcess } from './server-process.js';
import { payloadOf } from './wire.js';
import { readWalFrames, untilLongCommit } from './wal-frames.js';
import type { Pending } from './workload.js';

/** What is sent along to make one commit long: its own messages are nobody's concern. */
const BALLAST_MESSAGES = 100;
const BALLAST_BYTES = 40_000;

interface Broken extends FaultsDeps {
  readonly server: ServerProcess;
  readonly dbPath: string;
}

/** Breaks the one server's process, as its own machine would. */
export function createSqliteFaults(broken: Broken): Faults {
  const { server, random } = broken;
  return new Faults({
    random,
    deck: [
      () => kill(broken),
      () => killDuringCommit(broken),
      () => killDuringCommit(broken),
      () => stopForAWhile(server, broken),
      () => stopForAWhile(server, broken),
      () => stepClock(server, broken),
      () => stepClock(server, broken),
    ],
    heal: () => server.setClock(0),
  });
}

/**
 * A kill is over in microseconds, and so is a commit of a few rows. So a large write goes into the same group
 * commit as everybody's small ones, and the kill comes when the log is seen to be written.
 */
async function killDuringCommit(broken: Broken): Promise<number> {
  const { dbPath, world, client } = broken;
  const body = JSON.stringify({
    from_uid: `${world.runId}-ballast`,
    subscribers: Array.from({ length: BALLAST_MESSAGES }, (_, index) => `${world.runId}-sink${index}`),
    payload: payloadOf('x'.repeat(BALLAST_BYTES)),
  });
  let isAnswered = false;
  const written = client
    .ask({ path: '/message/sendbatch', body })
    .then((reply) => (isAnswered = reply !== undefined));
  await untilLongCommit(`${dbPath}-wal`, () => isAnswered);
  const recoveryMs = await kill(broken);
  await written;
  return recoveryMs;
}

async function kill({ server, dbPath, workload, figures }: Broken): Promise<number> {
  const asked = workload.pendingAt(server.baseUrl);
  const killedMs = performance.now();
  await server.kill();
  figures.kills += 1;
  if (readWalFrames(`${dbPath}-wal`).afterLastCommit > 0) figures.saw('killed inside a commit');
  const unanswered = asked.filter((send) => workload.isPending(send));
  await server.restart(async () => {
    for (const send of unanswered) send.headAfterKill ??= await readHead(server.baseUrl, send);
  });
  const recoveryMs = performance.now() - killedMs;
  figures.recoveryMs.push(recoveryMs);
  return recoveryMs;
}

/** The newest message of the channel in which somebody waits for an answer. */
async function readHead(baseUrl: string, { place }: Pending): Promise<number> {
  const { uid, channel_id, channel_type } = place;
  const query = new URLSearchParams({ channel_id, channel_type: String(channel_type), login_uid: uid });
  const response = await fetch(`${baseUrl}/channel/max_message_seq?${query.toString()}`);
  // One who was just removed may not ask.
  if (response.status === 403) return 0;
  return ((await response.json()) as { message_seq: number }).message_seq;
}
