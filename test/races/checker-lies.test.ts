import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCheck } from '../../checker/run-check.js';
import type { Law } from '../../checker/violation.js';
import { KETTLE_API_KEY, startKettle, type KettleServer } from '../support/kettle-server.js';
import { volatileSqliteKind } from '../support/stores.js';
import {
  changeRows,
  cursorOf,
  startLyingProxy,
  type Lie,
  type ProxiedRow,
  type Exchange,
} from '../support/lying-proxy.js';

/** Long for a busy machine: a lie is mostly found in the first second. */
const SECONDS = 20;

const STEP = 1024n;

interface Case {
  readonly name: string;
  /** Which laws may find it: the first that does ends the run. */
  readonly laws: readonly Law[];
  /** Every run has a lie of its own, which may remember what went by. */
  readonly lie: () => Lie;
  /** For what can be found only when everybody is done. */
  readonly seconds?: number;
}

function onRows(change: (rows: ProxiedRow[], exchange: Exchange) => ProxiedRow[]): () => Lie {
  return () => ({ answer: (exchange) => changeRows(exchange, (rows) => change(rows, exchange)) });
}

function forEachRow(change: (row: ProxiedRow, exchange: Exchange) => object): () => Lie {
  return onRows((rows, exchange) => rows.map((row) => Object.assign(row, change(row, exchange))));
}

/** Changes the rows of the other dialect's answers to `path`. */
function onKettleRows(
  path: string,
  change: (rows: Record<string, unknown>[]) => Record<string, unknown>[],
): () => Lie {
  const key = path === '/chatroom/sync' ? 'chatrooms_data' : 'conversations_data';
  return () => ({
    answer: (exchange) => {
      if (!exchange.path.startsWith(`${path}?`) || exchange.path.includes('page_size=500')) return;
      if (exchange.status !== 200) return;
      const reply = JSON.parse(exchange.text) as { data: Record<string, Record<string, unknown>[]> };
      reply.data[key] = change(reply.data[key] ?? []);
      exchange.text = JSON.stringify(reply);
    },
  });
}

/** Leaves out a change that shows only in a message's text, to clients that have the state before it. */
function hideSilentChanges(): Lie {
  const seen = new Map<string, { readonly version: bigint; readonly look: string }>();
  return {
    answer: (exchange) =>
      changeRows(exchange, (rows) =>
        rows.filter((row) => {
          const key = `${String(exchange.body['uid'])} ${row.channel_id}`;
          const { unread, last_msg_seq: last, readed_to_msg_seq: read, is_deleted: isDeleted } = row;
          const look = JSON.stringify([unread, last, read, isDeleted]);
          const version = BigInt(row.version);
          const former = seen.get(key);
          const isOther = exchange.headers.has('x-sync-reset') || exchange.body['limit'] !== undefined;
          const hasFormer = former && !isOther && cursorOf(exchange) >= former.version;
          if (hasFormer && former.look === look) return false;
          if (!former || (version > former.version && look !== former.look)) seen.set(key, { version, look });
          return true;
        }),
      ),
  };
}

/** Stores a message again when it is sent again, as far as its sender can tell. */
function answerRepeatsAnew(): Lie {
  const known = new Set<unknown>();
  return {
    answer: (exchange) => {
      if (exchange.path !== '/message/send' || exchange.status !== 200) return;
      const no = exchange.body['client_msg_no'];
      if (known.has(no)) {
        const answer = JSON.parse(exchange.text) as { message_seq: number };
        exchange.text = JSON.stringify({ ...answer, message_seq: answer.message_seq + 1 });
      }
      known.add(no);
    },
  };
}

const LIES: readonly Case[] = [
  {
    name: 'a row is missing, and the cursor goes past it',
    laws: ['visible'],
    lie: onRows((rows, exchange) => {
      const isPlain = cursorOf(exchange) > 0n && exchange.body['limit'] === undefined;
      return isPlain ? rows.filter((_, index) => index !== 1) : rows;
    }),
  },
  {
    name: 'deletions are hidden',
    laws: ['visible'],
    lie: onRows((rows) => rows.filter(({ is_deleted: isDeleted }) => isDeleted !== 1)),
  },
  {
    name: 'a cursor is answered as an earlier one',
    laws: ['above cursor'],
    lie: () => ({
      ask: (exchange) => {
        const cursor = cursorOf(exchange);
        if (cursor > STEP) exchange.body['version'] = String(cursor - STEP);
      },
    }),
  },
  {
    name: 'a version falls',
    laws: ['never falling'],
    lie: onRows((rows, exchange) => {
      const last = rows.at(-1);
      const isNewestFirst = exchange.body['limit'] === undefined;
      if (last && isNewestFirst && cursorOf(exchange) === 0n)
        last.version = String(BigInt(last.version) - STEP * 1_000_000n);
      return rows;
    }),
  },
  {
    name: 'a state changes and its version does not',
    laws: ['one version, one state'],
    lie: () => {
      let turn = 0;
      return forEachRow(({ timestamp }) => ({ timestamp: timestamp + (turn++ % 5) }))();
    },
  },
  {
    name: 'versions are not on the grid',
    laws: ['grid'],
    lie: forEachRow(({ version }) => ({ version: String(BigInt(version) + 1n) })),
  },
  { name: 'the rows are in another order', laws: ['order'], lie: onRows((rows) => rows.toReversed()) },
  {
    name: 'a limit is not kept',
    laws: ['portion'],
    lie: () => ({
      ask: ({ body }) => {
        if (body['limit'] !== undefined) body['limit'] = 50;
      },
    }),
  },
  {
    name: 'X-Sync-Version is too low',
    laws: ['complete up to'],
    lie: () => ({
      answer: ({ headers }) => {
        if (headers.has('x-sync-version')) headers.set('x-sync-version', String(STEP));
      },
    }),
  },
  {
    name: 'X-Sync-Version is too high',
    laws: ['visible', 'complete up to', 'above cursor', 'reset'],
    lie: () => ({
      answer: ({ headers }) => {
        const version = headers.get('x-sync-version');
        if (version !== undefined) headers.set('x-sync-version', String(BigInt(version) + STEP * 100_000n));
      },
    }),
  },
  {
    name: 'a cursor from the future is taken as it is',
    laws: ['reset'],
    lie: () => ({ answer: ({ headers }) => void headers.delete('x-sync-reset') }),
  },
  {
    name: 'everybody has to start over',
    laws: ['reset'],
    lie: () => ({
      answer: ({ path, headers }) => void (path === '/conversation/sync' && headers.set('x-sync-reset', '1')),
    }),
  },
  {
    name: "somebody else's conversation",
    laws: ['own conversations'],
    lie: forEachRow(({ channel_id: id }) => ({ channel_id: `${id}x` })),
  },
  {
    name: 'unread is off by one',
    laws: ['visible'],
    lie: forEachRow(({ unread }) => ({ unread: unread + 1 })),
  },
  {
    name: 'an old read position',
    laws: ['visible'],
    lie: forEachRow(({ readed_to_msg_seq: read }) => ({ readed_to_msg_seq: Math.max(0, read - 1) })),
  },
  {
    name: 'a message comes twice',
    laws: ['log', 'portion'],
    lie: forEachRow(({ messages }) => ({ messages: messages.flatMap((message) => [message, message]) })),
  },
  {
    name: 'a message is left out of the middle',
    laws: ['log'],
    lie: forEachRow(({ messages }) => ({ messages: messages.filter((_, index) => index !== 1) })),
  },
  {
    name: 'two messages have the same seq',
    laws: ['log'],
    lie: () => {
      let turn = 0;
      return {
        answer: (exchange) => {
          if (exchange.path !== '/message/send' || exchange.status !== 200) return;
          const answer = JSON.parse(exchange.text) as { message_seq: number };
          const seq = answer.message_seq - (turn++ % 9 === 8 ? 1 : 0);
          exchange.text = JSON.stringify({ ...answer, message_seq: seq });
        },
      };
    },
  },
  {
    name: 'a message has another text',
    laws: ['log'],
    lie: forEachRow(({ messages }) => ({
      messages: messages.map((message) => ({ ...message, payload: 'eyJjb250ZW50IjoieCJ9' })),
    })),
  },
  { name: 'a gap is not marked', laws: ['gap'], lie: forEachRow(() => ({ limited: 0 })) },
  { name: 'a gap is marked where none is', laws: ['gap'], lie: forEachRow(() => ({ limited: 1 })) },
  { name: 'a repeated send is another message', laws: ['first answer', 'log'], lie: answerRepeatsAnew },
  {
    name: 'an edit does not reach incremental clients',
    laws: ['audit'],
    seconds: 40,
    lie: hideSilentChanges,
  },
  {
    name: 'a room is on no page',
    laws: ['page'],
    lie: onKettleRows('/chatroom/sync', (rows) =>
      rows.filter(({ title }) => !String(title).includes('calm2')),
    ),
  },
  {
    name: 'a room has another count',
    laws: ['visible'],
    lie: onKettleRows('/chatroom/sync', (rows) =>
      rows.map((row) => ({ ...row, unseen_count: Number(row['unseen_count']) + 9 })),
    ),
  },
  {
    name: 'a message of a room is on no page',
    laws: ['page'],
    lie: onKettleRows('/conversation/sync', (rows) => rows.filter(({ id }) => Number(id) % 10 !== 0)),
  },
  {
    name: 'a message of a room reads as it never did',
    laws: ['log'],
    lie: onKettleRows('/conversation/sync', (rows) =>
      rows.map((row) => ({ ...row, answer: 'something else' })),
    ),
  },
  {
    name: 'a list never comes to rest',
    laws: ['quiet'],
    seconds: 1,
    lie: () => {
      let turn = 0;
      return onKettleRows('/chatroom/sync', (rows) =>
        rows.map((row) => ({ ...row, updated_at: Number(row['updated_at']) - (turn++ % 2) })),
      )();
    },
  },
  {
    name: 'what was acknowledged is not there at the end',
    laws: ['dump'],
    seconds: 1,
    lie: () => ({
      answer: (exchange) => {
        if (!String(exchange.body['login_uid']).endsWith('-archivist')) return;
        const page = JSON.parse(exchange.text) as { messages: unknown[] };
        exchange.text = JSON.stringify({ ...page, messages: page.messages.slice(0, -1) });
      },
    }),
  },
  {
    name: 'an answer is an internal error',
    laws: ['answered'],
    lie: () => {
      let turn = 0;
      return {
        answer: (exchange) => {
          turn += 1;
          if (turn % 50 === 0) exchange.status = 500;
        },
      };
    },
  },
];

describe('the checker, against servers that lie', () => {
  let server: KettleServer;

  beforeAll(async () => {
    server = await startKettle({ kind: volatileSqliteKind });
  });

  afterAll(() => server[Symbol.asyncDispose]());

  test.each(LIES)('PR-3: it finds that $name', async ({ laws, lie, seconds = SECONDS }) => {
    await using proxy = await startLyingProxy(server.kettle.url, lie());
    const { violation, figures } = await runCheck({
      seconds,
      seed: 1,
      target: proxy.url,
      kettleKey: KETTLE_API_KEY,
    });
    expect(laws, violation?.message).toContain(violation?.details.law);
    expect(figures.losses.get(violation?.column ?? 'lost')).toBe(1);
  });

  test('PR-3: it finds nothing where nothing is changed', async () => {
    await using proxy = await startLyingProxy(server.kettle.url, {});
    const { violation } = await runCheck({
      seconds: 3,
      seed: 1,
      target: proxy.url,
      kettleKey: KETTLE_API_KEY,
    });
    expect(violation?.message).toBeUndefined();
  });
});
