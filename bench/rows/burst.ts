import { conversationsShape, LIGHT, ROOMS } from '../datasets/shapes.js';
import { READERS } from '../datasets/user-class.js';
import { startLoadGenerator } from '../load/load-generator.js';
import { startTidemark } from '../processes/start-tidemark.js';
import { atMost } from '../report/row.js';
import { alternate, divide } from './alternate.js';
import type { Station } from './bench.js';
import { idlePolls } from './read-cases.js';
import { messagesOf } from './send.js';

const POLLS_PER_SECOND = 1000;
const SENDS_PER_SECOND = 1000;

/** Idle polls at a fixed rate, while others write or do not. What is written is not for those who poll. */
export const burst: Station = {
  ids: ['burst'],
  run: async (bench) => {
    const title = 'polls during a write burst (p99) against no writes';
    bench.say(title);
    const { load, seconds } = bench;
    await using tidemark = await startTidemark({
      db: bench.copy(bench.provide(conversationsShape(bench.scale))),
    });
    await using writers = startLoadGenerator();
    const { url } = tidemark;
    const requests = await idlePolls(url, LIGHT);
    const poll = async (): Promise<number> =>
      (await load.poll({ url, seconds, perSecond: POLLS_PER_SECOND, requests })).p99Ms;
    const pollWhileOthersWrite = async (): Promise<number> => {
      const messages = { perSecond: SENDS_PER_SECOND, requests: messagesOf(ROOMS, READERS) };
      const [p99Ms] = await Promise.all([poll(), writers.poll({ url, seconds, ...messages })]);
      return p99Ms;
    };
    const [busy = [], quiet = []] = await alternate(bench.rounds, [pollWhileOthersWrite, poll]);
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
