import { conversationsShape, LIGHT } from '../datasets/shapes.js';
import { READERS } from '../datasets/user-class.js';
import type { Request } from '../load/request.js';
import { startTidemark } from '../processes/start-tidemark.js';
import type { Row } from '../report/row.js';
import { alternate, divide } from './alternate.js';
import type { Bench, Station } from './bench.js';
import { requireSameReplies, startBaseline, teachBare, type Baseline } from './contestants.js';
import { firstSyncs, idlePolls } from './read-cases.js';
import { READ_CONNECTIONS } from './reads.js';
import { saturate, toSide, type Contestant } from './saturate.js';
import { messagesOf, SAMPLE_ID, SENDERS } from './send.js';

const SERVERS = 3;
const NOTE = "the processor time is the servers', without PostgreSQL's";

const IDS = ['postgres-idle', 'postgres-first', 'postgres-send', 'postgres-send-3'] as const;

interface Case {
  readonly id: (typeof IDS)[number];
  readonly title: string;
  readonly connections: number;
  readonly servers: 'one' | 'all';
  prepare(this: void, url: string): Promise<Request[]>;
  /** Those that the bare server is taught by, when they are others. */
  readonly samples?: readonly Request[];
}

const READ = { connections: READ_CONNECTIONS, servers: 'one' } as const;
const SEND = {
  connections: SENDERS,
  prepare: async () => messagesOf(LIGHT, READERS),
  samples: messagesOf(LIGHT, READERS, SAMPLE_ID),
};

const CASES: readonly Case[] = [
  {
    ...READ,
    id: 'postgres-idle',
    title: 'PostgreSQL: idle poll, user with 20 chats',
    prepare: (url) => idlePolls(url, LIGHT),
  },
  {
    ...READ,
    id: 'postgres-first',
    title: 'PostgreSQL: first sync, 20 chats × 1 message',
    prepare: async () => firstSyncs(LIGHT, 1),
  },
  { ...SEND, id: 'postgres-send', title: `PostgreSQL: durable send, ${SENDERS} senders`, servers: 'one' },
  {
    ...SEND,
    id: 'postgres-send-3',
    title: `PostgreSQL: the same, spread over ${SERVERS} server processes`,
    servers: 'all',
  },
];

/** On PostgreSQL, with one server process and with several. */
export const onPostgres: Station = {
  ids: IDS,
  run: async (bench, wants) => {
    const db = await bench.provideOnPostgres(conversationsShape(bench.scale));
    await using tidemark = await startTidemark({ db });
    await using second = await startTidemark({ db });
    await using third = await startTidemark({ db });
    await using bare = await startBaseline({ serve: 'bare' });
    const rows: Row[] = [];
    for (const one of CASES.filter(({ id }) => wants(id))) {
      bench.say(one.title);
      const { url, pid } = tidemark;
      const others = one.servers === 'all' ? [second, third] : [];
      rows.push(await measure(bench, one, { tidemark: { url, pid, others }, bare }));
    }
    return rows;
  },
};

async function measure(
  bench: Bench,
  { id, title, connections, prepare, samples }: Case,
  { tidemark, bare }: { readonly tidemark: Contestant; readonly bare: Baseline },
): Promise<Row> {
  const requests = await prepare(tidemark.url);
  await teachBare(bare, tidemark, samples ?? requests);
  if (samples === undefined) {
    for (const request of requests) await requireSameReplies(request, { tidemark, bare, naive: undefined });
  }
  const [ofTidemark = [], ofBare = []] = await alternate(
    bench,
    [tidemark, bare].map((contestant) => saturate(bench, { requests, connections }, contestant)),
  );
  const [subject, baseline] = [toSide('Tidemark', ofTidemark), toSide('bare', ofBare)];
  const values = divide(subject.values, baseline.values);
  return { id, title, subject, baseline, unit: '×', values, target: undefined, note: NOTE };
}
