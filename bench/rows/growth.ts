import { DRIZZLE, extremesShape, FLOOD, growthShape, LIGHT, type Shape } from '../datasets/shapes.js';
import { startTidemark } from '../processes/start-tidemark.js';
import { atMost, type Row } from '../report/row.js';
import { alternate, divide } from './alternate.js';
import type { Bench, Station } from './bench.js';
import { firstSyncs, idlePolls, unreadRooms } from './read-cases.js';
import { READ_CONNECTIONS } from './reads.js';
import { saturate, toSide, type Throughput } from './saturate.js';

const FEW_MESSAGES = 10_000;

interface GrowthOptions {
  readonly id: string;
  /** What titles begin with. */
  readonly on: string;
  readonly messages: number;
  /** What `--db` is given. */
  provide(this: void, bench: Bench, shape: Shape): string | Promise<string>;
}

export const growth = growthOf({
  id: 'growth',
  on: '',
  messages: 10_000_000,
  provide: (bench, shape) => bench.provide(shape).path,
});

/** With fewer messages, for it is filled anew in each run. */
export const growthOnPostgres = growthOf({
  id: 'postgres-growth',
  on: 'PostgreSQL: ',
  messages: 1_000_000,
  provide: (bench, shape) => bench.provideOnPostgres(shape),
});

/** The same users with the same chats, in a small and in a large database. */
function growthOf({ id, on, messages, provide }: GrowthOptions): Station {
  return {
    ids: [id],
    run: async (bench) => {
      const many = messages * bench.scale;
      await using large = await startTidemark({ db: await provide(bench, growthShape(many)) });
      await using small = await startTidemark({ db: await provide(bench, growthShape(FEW_MESSAGES)) });
      const rows: Row[] = [];
      for (const kind of ['idle poll', 'first sync'] as const) {
        const title = `${on}${kind} with ${spell(messages)} messages against ${spell(FEW_MESSAGES)}`;
        bench.say(title);
        const contestants = await Promise.all(
          [large, small].map(async (server) => {
            const requests = kind === 'idle poll' ? await idlePolls(server.url, LIGHT) : firstSyncs(LIGHT, 1);
            return saturate(bench, { requests, connections: READ_CONNECTIONS }, server);
          }),
        );
        const rounds = await alternate(bench, contestants);
        rows.push(toRow({ id, title, names: [spell(many), spell(FEW_MESSAGES)] }, rounds));
      }
      return rows;
    },
  };
}

/** One room each, of which nothing has been read. */
export const unseen: Station = {
  ids: ['unseen'],
  run: async (bench) => {
    const title = 'unseen counts, room of 1 000 000 unread against 10';
    bench.say(title);
    await using tidemark = await startTidemark({ db: bench.provide(extremesShape(bench.scale)).path });
    const rounds = await alternate(
      bench,
      ([FLOOD, DRIZZLE] as const).map((name) =>
        saturate(bench, { requests: unreadRooms(name), connections: READ_CONNECTIONS }, tidemark),
      ),
    );
    return [toRow({ id: 'unseen', title, names: [spell(1_000_000 * bench.scale), spell(10)] }, rounds)];
  },
};

interface Words {
  readonly id: string;
  readonly title: string;
  readonly names: readonly [string, string];
}

function toRow({ id, title, names }: Words, [ofMany = [], ofFew = []]: readonly Throughput[][]): Row {
  const subject = toSide(names[0], ofMany);
  const baseline = toSide(names[1], ofFew);
  // Throughput is the reciprocal of time.
  const values = divide(baseline.values, subject.values);
  return { id, title, subject, baseline, unit: '×', values, target: atMost(1.3, '× the time') };
}

function spell(count: number): string {
  return count.toLocaleString('en-US').replaceAll(',', ' ');
}
