import type { KettleMember, WireRoom, WireRow } from './kettle-client.js';

/** The loops by which the shipped SDKs turn pages: what they send, when they stop, and what they ask for next. */

export interface Loop {
  readonly name: string;
  /** Sent with every page. */
  readonly query: string;
  readonly platform: string;
  readonly pageSize: number;
  /** Whether the page just read was the last one. */
  isLast(this: void, rows: number, run: { readonly pageSize: number; readonly isFirstRun: boolean }): boolean;
  /** The min_timestamp of the next run, from the client's clock at the start and at the end of this one. */
  nextMin(this: void, clock: { readonly startMs: number; readonly endMs: number }): number;
}

const untilEmpty = (rows: number): boolean => rows === 0;
const never = (): number => 0;

const seconds = (ms: number): number => Math.floor(ms / 1000);

export const ROOM_LOOPS: readonly Loop[] = [
  {
    name: 'JavaScript',
    query: 'chatroom_types=0,7',
    platform: 'rt',
    pageSize: 10,
    isLast: untilEmpty,
    nextMin: never,
  },
  {
    name: 'Flutter',
    query: 'chatroom_types=[0,7]&is_local_db=false&tag',
    platform: 'fl',
    pageSize: 50,
    isLast: (rows, { pageSize }) => rows < pageSize,
    nextMin: never,
  },
  {
    name: 'Android',
    query: 'chatroom_types=%5B0%2C%207%5D',
    platform: 'an',
    pageSize: 50,
    isLast: untilEmpty,
    nextMin: ({ startMs }) => seconds(startMs),
  },
  {
    name: 'iOS',
    query: 'chatroom_types=[0,7]&is_local_db=true',
    platform: 'ios',
    pageSize: 50,
    isLast: untilEmpty,
    nextMin: ({ startMs }) => seconds(startMs),
  },
];

export const MESSAGE_LOOPS: readonly Loop[] = [
  {
    name: 'JavaScript',
    query: 'is_local_db=false',
    platform: 'rt',
    pageSize: 10,
    isLast: untilEmpty,
    nextMin: never,
  },
  {
    name: 'Flutter',
    query: 'is_local_db=false&order_by',
    platform: 'fl',
    pageSize: 7,
    nextMin: never,
    isLast: (rows, { pageSize }) => rows < pageSize,
  },
  {
    name: 'Flutter, ascending',
    query: 'is_local_db=false&order_by=ASC',
    platform: 'fl',
    pageSize: 7,
    nextMin: never,
    isLast: (rows, { pageSize }) => rows < pageSize,
  },
  {
    name: 'Android',
    query: '',
    platform: 'an',
    pageSize: 9,
    nextMin: ({ endMs }) => endMs,
    isLast: (rows, { isFirstRun }) => rows === 0 || (!isFirstRun && rows === 1),
  },
  {
    name: 'iOS',
    query: 'is_local_db=true',
    platform: 'ios',
    pageSize: 8,
    isLast: untilEmpty,
    nextMin: ({ startMs }) => startMs,
  },
];

interface Pages<Row> {
  /** Asks for a page; `query` has everything but the row's own parameters. */
  read(this: void, query: string): Promise<readonly Row[]>;
  /** What else happens between two pages. */
  between(this: void, page: number): Promise<void>;
}

interface Run {
  readonly min: number;
  /** Whether `max_timestamp` is the time at the start of the run, or of each request. */
  readonly max: 'start' | 'now';
  readonly isFirstRun: boolean;
  nowMs(this: void): number;
}

/** One run of a loop. Returns every row that came, and the min_timestamp of the next run. */
export async function turnPages<Row>(
  { pageSize, query, isLast, nextMin }: Loop,
  { read, between }: Pages<Row>,
  { min, max, isFirstRun, nowMs }: Run,
): Promise<{ rows: Row[]; next: number }> {
  const startMs = nowMs();
  const rows: Row[] = [];
  for (let page = 1; ; page += 1) {
    const bounds = `min_timestamp=${min}&max_timestamp=${max === 'start' ? startMs : nowMs()}`;
    const got = await read(`${query}&page=${page}&page_size=${pageSize}&${bounds}`);
    rows.push(...got);
    if (isLast(got.length, { pageSize, isFirstRun })) break;
    await between(page);
  }
  return { rows, next: nextMin({ startMs, endMs: nowMs() }) };
}

export function roomReader(
  member: KettleMember,
  { platform }: Loop,
): (query: string) => Promise<readonly WireRoom[]> {
  const client = member.with({ 'x-platform-code': platform });
  return async (query) =>
    (await client.get('/chatroom/sync', query)).data<{ chatrooms_data: WireRoom[] }>().chatrooms_data;
}

export function messageReader(
  member: KettleMember,
  { platform }: Loop,
  roomId: number,
): (query: string) => Promise<readonly WireRow[]> {
  const client = member.with({ 'x-platform-code': platform });
  return async (query) =>
    (await client.get('/conversation/sync', `chatroom_id=${roomId}&${query}`)).data<{
      conversations_data: WireRow[];
    }>().conversations_data;
}

/** Random numbers from 0 to below a limit, the same ones for the same seed. */
export function seededChoice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** The seed to replay, else another one each time. */
export function pickSeed(): number {
  return Number(process.env['TIDEMARK_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
}
