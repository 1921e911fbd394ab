import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import { createBare } from '../../bench/baselines/create-bare.js';
import { createNaive } from '../../bench/baselines/create-naive.js';
import { buildDatabase } from '../../bench/datasets/provide-dataset.js';
import {
  DRIZZLE,
  extremesShape,
  FLOOD,
  heavyClass,
  lightClass,
  roomsClass,
  UNCOUNTED_IN_UNREAD,
  type Shape,
} from '../../bench/datasets/shapes.js';
import { READERS, type UserClass } from '../../bench/datasets/user-class.js';
import { send, type Request } from '../../bench/load/request.js';
import { runSaturating } from '../../bench/load/run-saturating.js';
import { runSteady } from '../../bench/load/run-steady.js';
import { Waiters } from '../../bench/load/waiters.js';
import { startTidemark } from '../../bench/processes/start-tidemark.js';
import { requireSameReplies, teachBare, type Baseline } from '../../bench/rows/contestants.js';
import { READ_CASES, unreadRooms } from '../../bench/rows/read-cases.js';
import { messagesOf } from '../../bench/rows/send.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const SMALL: Shape = {
  name: 'small',
  classes: [lightClass(100, { messages: 3, readerMessages: 30 }), heavyClass(110), roomsClass()],
};

/** As `extremesShape`, with few of everything but of what the rows are about. */
const EXTREMES: Shape = { name: 'extremes', classes: extremesShape(0.1).classes.map(shrink) };

function shrink(userClass: UserClass): UserClass {
  const { name, users, groupSize, messages } = userClass;
  const fewer = { users: Math.min(users, 50), groupSize: Math.min(groupSize, 50) };
  return { ...userClass, ...fewer, messages: name === FLOOD ? 1000 + UNCOUNTED_IN_UNREAD : messages };
}

/** Some have person channels with names the other way round, and unread messages. */
const COMPARED = 8;

interface Listening extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

async function listen(app: FastifyInstance): Promise<Listening> {
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, pid: process.pid, [Symbol.asyncDispose]: () => app.close() };
}

async function listenBare(): Promise<Baseline> {
  const answers = new Map<string, string>();
  const listening = await listen(createBare(answers));
  return {
    ...listening,
    do: async (job) => {
      if ('answers' in job) for (const [asker, reply] of job.answers) answers.set(asker, reply);
      return '';
    },
  };
}

describe('the baselines of the bench', () => {
  test('BN-1: the bare one answers with the bytes of the server, the naive one with the same data', async () => {
    using folder = createTemporaryFolder();
    const db = join(folder.path, 'small.db');
    buildDatabase(SMALL, db);
    await using tidemark = await startTidemark({ db });
    await using naive = await listen(createNaive(new Database(db, { readonly: true })));
    await using bare = await listenBare();
    for (const { prepare, id } of READ_CASES) {
      const requests = await prepare(tidemark.url);
      expect(requests).toHaveLength(READERS);
      await teachBare(bare, tidemark, requests);
      const isKettle = requests.some(({ method }) => method === 'GET');
      for (const request of requests.slice(0, COMPARED)) {
        await requireSameReplies(request, { tidemark, bare, naive: isKettle ? undefined : naive });
      }
      expect(countRows(await send(tidemark.url, first(requests)))).toBe(EXPECTED_ROWS[id]);
    }
  });

  test('BN-1: another answer is found out', async () => {
    using folder = createTemporaryFolder();
    const db = join(folder.path, 'small.db');
    buildDatabase(SMALL, db);
    await using tidemark = await startTidemark({ db });
    await using naive = await listen(createNaive(new Database(db, { readonly: true })));
    await using bare = await listenBare();
    const readCase = READ_CASES.find(({ id }) => id === 'first-20');
    const requests = (await readCase?.prepare(tidemark.url)) ?? [];
    await teachBare(bare, tidemark, requests);
    const request = first(requests);
    const { uid } = JSON.parse(request.body ?? '') as { uid: string };
    await send(tidemark.url, { ...first(messagesOf('light', 1)), body: messageBody(uid) });
    await expect(requireSameReplies(request, { tidemark, bare, naive })).rejects.toThrow('bare');
    await teachBare(bare, tidemark, requests);
    await requireSameReplies(request, { tidemark, bare, naive });
    await bare.do({ answers: [[uid, '[]']] });
    await expect(requireSameReplies(request, { tidemark: bare, bare, naive })).rejects.toThrow('naive');
  });
});

describe('the loads of the bench', () => {
  test('BN-6: reads, sends and waiting clients are answered by the server, and rows are about what they say', async () => {
    using folder = createTemporaryFolder();
    const db = join(folder.path, 'extremes.db');
    buildDatabase(EXTREMES, db);
    await using tidemark = await startTidemark({ db });
    const { url } = tidemark;
    expect(await unseenCount(url, FLOOD)).toBe(1000);
    expect(await unseenCount(url, DRIZZLE)).toBe(10);

    const load = { url, connections: 2, seconds: 0.3, requests: messagesOf('few', 1) };
    const sent = await runSaturating({ kind: 'saturating', ...load });
    expect(sent.requests).toBeGreaterThan(0);
    expect(sent.requestsPerSecond).toBeGreaterThan(0);
    const steady = { url, seconds: 0.3, perSecond: 100, requests: unreadRooms(DRIZZLE) };
    const beside = { perSecond: 50, requests: messagesOf('crowd', 1) };
    const polled = await runSteady({ kind: 'steady', ...steady, beside });
    expect(polled.count).toBeGreaterThan(10);
    expect(polled.p99Ms).toBeGreaterThanOrEqual(polled.p50Ms);

    const waiters = new Waiters({ url, waitSeconds: 20 });
    await waiters.open(50);
    const woken = await waiters.wake(5);
    expect(woken.fromSendMs).toHaveLength(5);
    expect(woken.fromAckMs).toHaveLength(5);
  });

  test('BN-6: a load that is refused is no result', async () => {
    await using bare = await listenBare();
    const request: Request = { method: 'GET', path: '/nowhere', headers: {} };
    const load = { url: bare.url, seconds: 0.1, requests: [request] };
    await expect(runSaturating({ kind: 'saturating', ...load, connections: 1 })).rejects.toThrow('refusals');
    await expect(runSteady({ kind: 'steady', ...load, perSecond: 100 })).rejects.toThrow('answered with 404');
    await expect(send(bare.url, request)).rejects.toThrow('answered with 404');
  });
});

/** Conversations, rooms or messages in the reply to each case. */
const EXPECTED_ROWS: Readonly<Record<string, number>> = {
  'idle-20': 0,
  'idle-200': 0,
  'first-20': 20,
  'first-200': 200,
  '20x20': 20,
  'room-messages': 50,
  rooms: 50,
};

function countRows(reply: string): number {
  const value = JSON.parse(reply) as unknown[] | { data: Record<string, unknown[]> };
  if (Array.isArray(value)) return value.length;
  return (value.data['chatrooms_data'] ?? value.data['conversations_data'] ?? []).length;
}

async function unseenCount(
  url: string,
  className: typeof FLOOD | typeof DRIZZLE,
): Promise<number | undefined> {
  const reply = JSON.parse(await send(url, first(unreadRooms(className)))) as {
    data: { chatrooms_data: { unseen_count: number }[] };
  };
  return reply.data.chatrooms_data[0]?.unseen_count;
}

function messageBody(uid: string): string {
  const message = { channel_id: uid, channel_type: 1, from_uid: 'light-1', payload: 'eyJ0eXBlIjoxfQ==' };
  return JSON.stringify(message);
}

function first(requests: readonly Request[]): Request {
  const [request] = requests;
  if (!request) throw new Error('there are no requests');
  return request;
}
