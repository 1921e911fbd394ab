import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { ListConversations } from '../../src/ports/store.js';
import type { SqliteDatabase } from '../../src/storage/sqlite/open-database.js';
import { Chat, group, pair } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';
import { type OpenedSqlite, sqliteKind, type StatementLog } from '../support/stores.js';
import { listSourceFiles } from '../support/walk-source.js';
import type { Version } from '../../src/domain/version.js';

const MANY = 10_000;

interface World extends OpenedSqlite {
  readonly chat: Chat;
}

async function open(): Promise<World> {
  const opened = await sqliteKind.open(new FakeClock());
  return { ...opened, chat: new Chat(opened.store) };
}

/** Which statements a request runs. */
async function record(log: StatementLog, request: () => Promise<unknown>): Promise<string[]> {
  log.statements.length = 0;
  await request();
  return [...log.statements];
}

function totalChanges(database: SqliteDatabase): number {
  return Number(database.prepare('SELECT total_changes()').pluck().get());
}

type Shape = Partial<Omit<ListConversations, 'communityId' | 'uid'>>;

/** Every shape of a request for the list: cursors, filters and windows in all combinations. */
function* listShapes(after: Version): Generator<Shape> {
  const known = [group('g0'), group('g1'), group('none')].map((channel) => ({ channel, seq: 1 }));
  const choices: readonly (readonly Shape[])[] = [
    [{}, { after }, { known }, { after, known }],
    [{}, { onlyUnread: true }],
    [{}, { excludeTypes: [7] }],
    [{}, { includeDeleted: true }],
    [{}, { messageCount: 3 }],
    [
      {},
      { window: { kind: 'limit', limit: 5 } },
      { window: { kind: 'page', page: 1, size: 5 } },
      { window: { kind: 'page', page: 2, size: 5 } },
    ],
  ];
  yield* choices.reduce<Shape[]>(
    (shapes, options) => shapes.flatMap((shape) => options.map((option) => ({ ...shape, ...option }))),
    [{}],
  );
}

describe('what a send costs', () => {
  test('SY-17: a send writes as many rows for 10 000 members as for 2', async () => {
    await using world = await open();
    const { chat, database, log } = world;
    const [small, large] = [group('small'), group('large')];
    await chat.join(small, 'ann', 'bob');
    await chat.join(large, 'ann', ...Array.from({ length: MANY - 1 }, (_, index) => `user-${index}`));
    const cost = async (channel: typeof small): Promise<unknown> => {
      const before = totalChanges(database);
      const statements = await record(log, () => chat.send('ann', channel));
      return { rows: totalChanges(database) - before, statements: statements.length };
    };
    const costOfSmall = await cost(small);
    expect(costOfSmall).toMatchObject({ rows: 4 });
    expect(await cost(large)).toEqual(costOfSmall);
    expect(await cost(large)).toEqual(costOfSmall);
    expect(await chat.rows(`user-${MANY - 2}`)).toMatchObject([{ unread: 2 }]);
  });
});

test('ST-10: to remove some messages takes as many statements, however many channels were deleted', async () => {
  await using world = await open();
  const { chat, store, log } = world;
  const channels = Array.from({ length: 300 }, (_, index) => group(`g${index}`));
  await Promise.all([...channels, ...channels].map((channel) => chat.send('ann', channel)));
  await Promise.all(channels.map((channel) => chat.deleteChannel(channel)));
  await Promise.all(channels.map((channel) => chat.leave(channel, 'ann')));
  const statements = await record(log, () => store.purgeMessages({ limit: 10 }));
  expect(statements.filter((sql) => sql.startsWith('DELETE FROM messages'))).toHaveLength(5);
  expect(statements.length).toBeLessThan(20);
});

describe('what a sync costs', () => {
  test('ST-19: every shape of a request runs as many statements for 300 conversations as for 1', async () => {
    await using world = await open();
    const { chat, log } = world;
    const sizes = new Map([
      ['one', 1],
      ['ten', 10],
      ['many', 300],
    ]);
    await chat.send('eve', group('before'));
    const after = await chat.position('eve');
    for (const [uid, size] of sizes) {
      // The first two are the ones that the shapes name.
      const channels = Array.from({ length: size }, (_, index) => group(`g${index}`));
      await Promise.all(channels.map((channel) => chat.join(channel, uid)));
    }
    const sends = Array.from({ length: 300 }, (_, index) => [index, index]).flat();
    await Promise.all(sends.map((index) => chat.send('eve', group(`g${index}`))));

    for (const shape of listShapes(after)) {
      const counts: number[] = [];
      for (const uid of sizes.keys()) {
        // A second page needs more conversations than fill the first.
        if (shape.window?.kind === 'page' && shape.window.page > 1 && uid !== 'many') continue;
        counts.push((await record(log, () => chat.list(uid, { ...shape }))).length);
      }
      expect(Math.max(...counts), JSON.stringify(shape)).toBe(Math.min(...counts));
      expect(Math.max(...counts), JSON.stringify(shape)).toBeLessThanOrEqual(5);
    }
  });

  test('ST-19: so do named conversations and a stretch of a log', async () => {
    await using world = await open();
    const { chat, log } = world;
    const channels = Array.from({ length: 300 }, (_, index) => group(`g${index}`));
    await Promise.all(channels.map((channel) => chat.send('ann', channel)));
    await chat.sendMany('bob', group('g0'), 300);
    const finds = new Set<number>();
    const stretches = new Set<number>();
    for (const size of [1, 10, 300]) {
      finds.add((await record(log, () => chat.find('ann', channels.slice(0, size), 3))).length);
      stretches.add((await record(log, () => chat.messages('ann', group('g0'), { limit: size }))).length);
    }
    expect(finds.size).toBe(1);
    expect(stretches.size).toBe(1);
  });

  test('ST-19, SY-15: no statement of a request looks through a whole table', async () => {
    await using world = await open();
    const { chat, database, log } = world;
    await chat.join(group('g0'), 'ann', 'bob');
    await chat.send('ann', group('g1'));
    await chat.send('bob', pair('ann', 'bob'), { redDot: false });
    const after = await chat.position('ann');
    await chat.sendMany('bob', group('g0'), 3);
    const requests: (() => Promise<unknown>)[] = [
      ...Array.from(listShapes(after), (shape) => () => chat.list('ann', shape)),
      () => chat.find('ann', [group('g0'), pair('ann', 'bob')], 3),
      () => chat.messages('ann', group('g0')),
      () => chat.messages('ann', group('g0'), { keep: 'oldest', fromSeq: 1, limit: 2 }),
      () => chat.lastSeq(group('g0'), 'ann'),
      () => chat.lastSeq(group('g0')),
      () => chat.members(group('g0')),
      () => chat.send('ann', group('g0'), { asMember: true }),
      () => chat.send('ann', group('new')),
      () => chat.send('cat', pair('cat', 'dan')),
      () => chat.markRead('ann', group('g0'), 2),
      () => chat.setUnread('ann', group('g0'), 1),
      () => chat.setUnread('ann', pair('ann', 'eve'), 1),
      () => chat.deleteConversation('ann', group('g0')),
      () => chat.join(group('g0'), 'dan'),
      () => chat.leave(group('g0'), 'dan'),
      () => chat.putChannel(group('g0'), { large: true }),
      () => chat.deleteChannel(group('g0')),
      () => world.store.purgeMemberships({ before: after, limit: 10 }),
    ];
    const statements = new Set<string>();
    for (const request of requests) for (const sql of await record(log, request)) statements.add(sql);

    const scans = [...statements]
      .filter((sql) => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)/.test(sql))
      .flatMap((sql) =>
        planOf(database, sql)
          .filter((step) => isFullScan(step))
          .map((step) => `${step}: ${sql}`),
      );
    expect(scans).toEqual([]);
    // Else the test has looked at nothing.
    expect(statements.size).toBeGreaterThan(100);
  });
});

test('ST-19: no statement of a sync is prepared anew each time that it runs', () => {
  const files = listSourceFiles(fileURLToPath(new URL('../../src/storage/sqlite', import.meta.url)));
  const limits = files.flatMap((path) => readFileSync(path, 'utf8').match(/\bLIMIT @\w+(?: \+ 0)?/g) ?? []);
  expect(limits.filter((limit) => !limit.endsWith(' + 0'))).toEqual([]);
  // Else the test has looked at nothing.
  expect(limits.length).toBeGreaterThan(3);
});

function planOf(database: SqliteDatabase, sql: string): string[] {
  const rows = database.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all();
  return rows.map(({ detail }) => detail);
}

/**
 * A scan of anything but what the request itself brings or what an earlier step has made of it. `k` are the
 * channels that the client names: they may be gone through once, but not once for each conversation.
 */
function isFullScan(step: string): boolean {
  const [, name] = /^SCAN (\w+)/.exec(step) ?? [];
  if (name === undefined) return false;
  if (name === 'k') return step.includes('LEFT-JOIN');
  return !['json_each', 'wanted', 'candidates', 'place'].includes(name);
}
