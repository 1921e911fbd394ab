import { setTimeout as sleep } from 'node:timers/promises';
import { extremesShape, WAITING, WAITING_USERS } from '../datasets/shapes.js';
import { uidOf } from '../datasets/user-class.js';
import { startLoadGenerator } from '../load/load-generator.js';
import { post, send } from '../load/request.js';
import { findOpenFilesLimit, findResidentBytes } from '../processes/process-stats.js';
import { startTidemark } from '../processes/start-tidemark.js';
import { atMost, type Row } from '../report/row.js';
import { percentile } from '../report/statistics.js';
import type { Station } from './bench.js';
import { READ_CONNECTIONS } from './reads.js';
import { saturate, type Contestant } from './saturate.js';

/** The longest there is: all that follows must be over before the first client has waited so long. */
const WAIT_SECONDS = 60;

const WAKES = 1000;

const SETTLE_MS = 3000;

/** What a process needs beside its connections. */
const OTHER_FILES = 200;

const TITLE = '10 000 clients in `wait`';

export const wait: Station = {
  ids: ['wait'],
  run: async (bench) => {
    bench.say(TITLE);
    const clients = Math.min(WAITING_USERS, (findOpenFilesLimit() ?? Infinity) - OTHER_FILES);
    await using tidemark = await startTidemark({ db: bench.copy(bench.provide(extremesShape(bench.scale))) });
    if (!(await isHeld(tidemark.url))) return toRows({}, 'this version of the server knows no `wait`');
    // What a server takes once, whoever waits: compiled code, a heap that has grown.
    await saturate(
      bench,
      { requests: [pollOf(0, 0)], connections: READ_CONNECTIONS },
      tidemark,
    )(bench.seconds);
    const note =
      clients < WAITING_USERS ? `${clients} clients: the limit of open files allows no more` : undefined;
    return toRows(await measure(tidemark, clients), note);
  },
};

interface Waited {
  readonly kilobytesEach?: number | undefined;
  readonly fromSendMs?: readonly number[];
  readonly fromAckMs?: readonly number[];
}

async function measure({ url, pid }: Contestant, clients: number): Promise<Waited> {
  await using generator = startLoadGenerator();
  await sleep(SETTLE_MS);
  const before = findResidentBytes(pid);
  await generator.openWaiters({ url, count: clients, waitSeconds: WAIT_SECONDS });
  await sleep(SETTLE_MS);
  const after = findResidentBytes(pid);
  const wakes = await generator.wakeWaiters({ wakes: WAKES });
  const isKnown = before !== undefined && after !== undefined;
  return { ...wakes, kilobytesEach: isKnown ? (after - before) / clients / 1000 : undefined };
}

/** Whether a request that has nothing to hear of is held. */
async function isHeld(url: string): Promise<boolean> {
  const conversations = JSON.parse(await send(url, pollOf(0, 0))) as { version: number }[];
  const version = Math.max(...conversations.map((conversation) => conversation.version));
  const startMs = performance.now();
  await send(url, pollOf(version, 1));
  return performance.now() - startMs > 500;
}

function pollOf(version: number, seconds: number) {
  return post('/conversation/sync', {
    uid: uidOf({ name: WAITING }, 0),
    version,
    msg_count: 1,
    wait: seconds,
  });
}

function toRows({ kilobytesEach, fromSendMs = [], fromAckMs = [] }: Waited, note: string | undefined): Row[] {
  const row = (part: string, unit: 'KB' | 'ms', values: readonly number[]) => ({
    id: 'wait',
    title: `${TITLE}: ${part}`,
    subject: { name: 'Tidemark', unit, values },
    baseline: undefined,
    unit,
    values,
    ...(note !== undefined && { note }),
  });
  const sizes = kilobytesEach === undefined ? [] : [kilobytesEach];
  const memory = { ...row('memory per waiting client', 'KB', sizes), target: atMost(20, 'KB') };
  if (fromAckMs.length === 0) return [memory, { ...row('wake-up p99', 'ms', []), target: atMost(50, 'ms') }];
  const times = `p50 and p99 from the answer to the sender ${spell(fromAckMs)}, from his request ${spell(fromSendMs)}`;
  const p99 = percentile(fromAckMs, 99);
  return [memory, { ...row('wake-up p99', 'ms', [p99]), target: atMost(50, 'ms'), note: note ?? times }];
}

function spell(valuesMs: readonly number[]): string {
  return [50, 99].map((percent) => `${percentile(valuesMs, percent).toFixed(1)} ms`).join(' and ');
}
