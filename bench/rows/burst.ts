import { conversationsShape, LIGHT, ROOMS } from '../datasets/shapes.js';
import { READERS } from '../datasets/user-class.js';
import type { SteadyStream } from '../load/run-steady.js';
import { startTidemark } from '../processes/start-tidemark.js';
import { atMost } from '../report/row.js';
import { alternate, divide } from './alternate.js';
import type { Station } from './bench.js';
import { idlePolls } from './read-cases.js';
import { messagesOf } from './send.js';

const POLLS_PER_SECOND = 500;
const SENDS_PER_SECOND = 500;

/** Below this, too few polls are among the slowest percent. */
const SECONDS_MIN = 1;

/** Idle polls at a fixed rate, while others write or do not. What is written is not for those who poll. */
export const burst: Station = {
  ids: ['burst'],
  run: async (bench) => {
    const title = 'polls during a write burst (p99) against no writes';
    bench.say(title);
    await using tidemark = await startTidemark({
      db: bench.copy(bench.provide(conversationsShape(bench.scale))),
    });
    const { url } = tidemark;
    const requests = await idlePolls(url, LIGHT);
    const poll =
      (beside?: SteadyStream) =>
      async (seconds: number): Promise<number> => {
        const polls = { url, seconds, perSecond: POLLS_PER_SECOND, requests };
        return (await bench.load.poll({ ...polls, ...(beside && { beside }) })).p99Ms;
      };
    const writes = { perSecond: SENDS_PER_SECOND, requests: messagesOf(ROOMS, READERS) };
    const [busy = [], quiet = []] = await alternate(
      { ...bench, seconds: Math.max(SECONDS_MIN, bench.seconds) },
      [poll(writes), poll()],
    );
    return [
      {
        id: 'burst',
        title,
        subject: { name: `${SENDS_PER_SECOND} sends/s`, unit: 'ms', values: busy },
        baseline: { name: 'no writes', unit: 'ms', values: quiet },
        unit: '×',
        values: divide(busy, quiet),
        target: atMost(3, '×'),
        note: `${POLLS_PER_SECOND} polls/s`,
      },
    ];
  },
};
