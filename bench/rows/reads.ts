import { conversationsShape } from '../datasets/shapes.js';
import { startTidemark } from '../processes/start-tidemark.js';
import { atLeast, type Row } from '../report/row.js';
import { alternate, divide } from './alternate.js';
import type { Bench, Station } from './bench.js';
import { requireSameReplies, startBaseline, teachBare, type Baseline } from './contestants.js';
import { READ_CASES, type ReadCase } from './read-cases.js';
import { saturate, toSide, type Contestant, type Throughput } from './saturate.js';

/** Enough that a server never waits for the next request. */
export const READ_CONNECTIONS = 10;

const FIRST_WARM_UP = 3;

interface Contestants {
  readonly tidemark: Contestant;
  readonly bare: Baseline;
  readonly naive: Baseline;
}

/** What clients read, against the bare and the naive server. */
export const reads: Station = {
  ids: READ_CASES.map(({ id }) => id),
  run: async (bench, wants) => {
    const { path: db } = bench.provide(conversationsShape(bench.scale));
    await using tidemark = await startTidemark({ db });
    await using bare = await startBaseline({ serve: 'bare' });
    await using naive = await startBaseline({ serve: 'naive', db });
    const rows: Row[] = [];
    for (const readCase of READ_CASES.filter(({ id }) => wants(id))) {
      bench.say(readCase.title);
      // The first one also warms up what all of them use.
      const warmUpSeconds = bench.warmUpSeconds * (rows.length === 0 ? FIRST_WARM_UP : 1);
      rows.push(...(await measure({ ...bench, warmUpSeconds }, readCase, { tidemark, bare, naive })));
    }
    return rows;
  },
};

async function measure(
  bench: Bench,
  readCase: ReadCase,
  { tidemark, bare, naive }: Contestants,
): Promise<Row[]> {
  const requests = await readCase.prepare(tidemark.url);
  await teachBare(bare, tidemark, requests);
  const hasNaive = readCase.naive !== undefined;
  for (const request of requests) {
    await requireSameReplies(request, { tidemark, bare, naive: hasNaive ? naive : undefined });
  }
  const contestants = hasNaive ? [tidemark, bare, naive] : [tidemark, bare];
  const saturation = { requests, connections: READ_CONNECTIONS };
  const [subject = [], ofBare = [], ofNaive = []] = await alternate(
    bench,
    contestants.map((contestant) => saturate(bench, saturation, contestant)),
  );
  const rows = [toRow(readCase, subject, { name: 'bare', rounds: ofBare, bound: readCase.bare })];
  if (readCase.naive === undefined) return rows;
  return [...rows, toRow(readCase, subject, { name: 'naive', rounds: ofNaive, bound: readCase.naive })];
}

interface Against {
  readonly name: string;
  readonly rounds: readonly Throughput[];
  readonly bound: number;
}

function toRow({ id, title }: ReadCase, rounds: readonly Throughput[], against: Against): Row {
  const subject = toSide('Tidemark', rounds);
  const baseline = toSide(against.name, against.rounds);
  return {
    id,
    title,
    subject,
    baseline,
    unit: '×',
    values: divide(subject.values, baseline.values),
    target: atLeast(against.bound, against.name),
  };
}
