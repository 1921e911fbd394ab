import type { Figures } from './figures.js';
import { pause, type HttpClient } from './http-client.js';
import type { Random } from './random.js';
import type { ServerProcess } from './server-process.js';
import { payloadOf } from './wire.js';
import { readWalFrames, untilLongCommit } from './wal-frames.js';
import type { Pending, Workload } from './workload.js';
import type { World } from './world.js';

export interface FaultsDeps {
  readonly server: ServerProcess;
  readonly client: HttpClient;
  readonly workload: Workload;
  readonly figures: Figures;
  readonly random: Random;
  readonly world: World;
}

/** Before the next fault, as a part of what the last start took. */
const UP_FOR = 0.5;

type Fault = 'kill' | 'kill during commit' | 'stop' | 'clock';

/** Drawn until none is left, then all again: so a short run sees each of them, too. */
const DECK: readonly Fault[] = [
  'kill',
  'kill during commit',
  'kill during commit',
  'stop',
  'stop',
  'clock',
  'clock',
];

/** What is sent along to make one commit long: its own messages are nobody's concern. */
const BALLAST_MESSAGES = 100;
const BALLAST_BYTES = 40_000;

/** Breaks the server's process, as its own machine would. */
export class Faults {
  readonly #deps: FaultsDeps;
  #deck: Fault[] = [];
  #lastRecoveryMs = 0;

  constructor(deps: FaultsDeps) {
    this.#deps = deps;
  }

  async step(): Promise<void> {
    const { random } = this.#deps;
    // On a busy machine a start takes long, and the server has to be up for most of the time.
    await pause(Math.max(random.between(150, 900), this.#lastRecoveryMs * UP_FOR));
    if (this.#deck.length === 0) this.#deck = [...DECK];
    const [fault] = this.#deck.splice(random.below(this.#deck.length), 1);
    if (fault === 'kill') await this.#kill();
    else if (fault === 'kill during commit') await this.#killDuringCommit();
    else if (fault === 'stop') await this.#stopForAWhile();
    else await this.#stepClock();
  }

  /** Ends what is still broken. */
  heal(): void {
    this.#deps.server.setClock(0);
  }

  /**
   * A kill is over in microseconds, and so is a commit of a few rows. So a large write goes into the same group
   * commit as everybody's small ones, and the kill comes when the log is seen to be written.
   */
  async #killDuringCommit(): Promise<void> {
    const { server, world, client } = this.#deps;
    const body = JSON.stringify({
      from_uid: `${world.runId}-ballast`,
      subscribers: Array.from({ length: BALLAST_MESSAGES }, (_, index) => `${world.runId}-sink${index}`),
      payload: payloadOf('x'.repeat(BALLAST_BYTES)),
    });
    let isAnswered = false;
    const written = client
      .ask({ path: '/message/sendbatch', body })
      .then((reply) => (isAnswered = reply !== undefined));
    await untilLongCommit(`${server.dbPath}-wal`, () => isAnswered);
    await this.#kill();
    await written;
  }

  async #kill(): Promise<void> {
    const { server, workload, figures } = this.#deps;
    const killedMs = performance.now();
    await server.kill();
    figures.kills += 1;
    if (readWalFrames(`${server.dbPath}-wal`).afterLastCommit > 0) figures.saw('killed inside a commit');
    const unanswered = [...workload.pending].filter(({ startedMs }) => startedMs < killedMs);
    await server.restart(async () => {
      for (const pending of unanswered) pending.headAfterKill ??= await readHead(server.baseUrl, pending);
    });
    this.#lastRecoveryMs = performance.now() - killedMs;
    figures.recoveryMs.push(this.#lastRecoveryMs);
  }

  async #stopForAWhile(): Promise<void> {
    const { server, workload, figures, random } = this.#deps;
    const stoppedMs = performance.now();
    server.pause();
    await pause(random.between(50, 600));
    const waiting = [...workload.pending].filter(({ startedMs }) => startedMs < stoppedMs);
    server.resume();
    figures.pauses += 1;
    if (waiting.length > 0) figures.saw('stopped with a request in flight');
  }

  /** Mostly back, by seconds up to minutes; now and then forward again, to the right time. */
  async #stepClock(): Promise<void> {
    const { server, client, figures, random } = this.#deps;
    const isBack = server.offsetMs === 0 || random.chance(60);
    const polls = [...client.inFlight].filter(([, { path }]) => path === '/conversation/sync');
    server.setClock(isBack ? server.offsetMs - random.between(2000, 120_000) : 0);
    figures.clockSteps += 1;
    await pause(random.between(50, 200));
    const isAnswered = polls.some(([sentMs]) => !client.inFlight.has(sentMs));
    if (isBack && isAnswered) figures.saw('clock stepped back during a poll');
  }
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
