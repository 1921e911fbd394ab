import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/storage/open-store.js';
import { LocalChangeBus } from '../../src/system.js';
import { InlineCommitter } from '../../src/storage/sqlite/inline-committer.js';
import { openDatabase } from '../../src/storage/sqlite/open-database.js';
import { Chat, group, pair } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';
import { type OpenedSqlite, sqliteKind } from '../support/stores.js';

const team = group('team');
const KIBIBYTE = 1024;

interface World extends OpenedSqlite {
  readonly clock: FakeClock;
  readonly chat: Chat;
}

async function open(): Promise<World> {
  const clock = new FakeClock();
  const opened = await sqliteKind.open(clock);
  return { ...opened, clock, chat: new Chat(opened.store) };
}

function sqliteError(code: string): Error {
  return Object.assign(new Error(`simulated ${code}`), { code });
}

/** Settled results as texts: the seq of a message, or the code of an error. */
async function outcomes(sends: readonly Promise<{ seq: number }>[]): Promise<(number | string)[]> {
  const settled = await Promise.allSettled(sends);
  return settled.map((result) =>
    result.status === 'fulfilled' ? result.value.seq : String(Reflect.get(Object(result.reason), 'code')),
  );
}

function countOf({ log }: World, statement: string): number {
  return log.statements.filter((sql) => sql === statement).length;
}

describe('durability', () => {
  test('ST-1: the connection waits for the disk at every commit', async () => {
    await using world = await open();
    const FULL = 2;
    expect(world.database.pragma('synchronous', { simple: true })).toBe(FULL);
    expect(world.database.pragma('journal_mode', { simple: true })).toBe('wal');
    await world.chat.send('ann', team);
    expect(world.database.pragma('synchronous', { simple: true })).toBe(FULL);
  });

  test('ST-1: what was acknowledged is in the file, for another connection and after reopening', async () => {
    await using world = await open();
    const { chat, clock, path } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.sendMany('ann', team, 3);
    await chat.setUnread('bob', team, 7);
    const options = { messageCount: 9 };
    const before = [await chat.list('ann', options), await chat.list('bob', options)];

    const beside = await openStore({ db: path, clock, changes: new LocalChangeBus() });
    const other = new Chat(beside);
    expect([await other.list('ann', options), await other.list('bob', options)]).toEqual(before);
    await beside.close();

    await world.store.close();
    const store = await openStore({ db: path, clock, changes: new LocalChangeBus() });
    const again = new Chat(store);
    expect([await again.list('ann', options), await again.list('bob', options)]).toEqual(before);
    await store.close();
  });

  test('ST-1: closing writes what is queued', async () => {
    await using world = await open();
    const { chat, clock, path, store } = world;
    const sends = Array.from({ length: 20 }, () => chat.send('ann', team));
    await store.close();
    expect(await outcomes(sends)).toHaveLength(20);
    const reopened = await openStore({ db: path, clock, changes: new LocalChangeBus() });
    expect(await new Chat(reopened).lastSeq(team)).toBe(20);
    await reopened.close();
  });

  test('ST-2, ST-3, SY-1: numbers, first answers and versions go on after a restart', async () => {
    await using world = await open();
    const { chat, clock, path } = world;
    const options = { clientMsgNo: 'one', text: 'x' };
    const first = await chat.send('ann', team, options);
    await chat.send('ann', pair('ann', 'bob'));
    const last = await chat.position('ann');
    await world.store.close();

    clock.move(-86_400_000);
    const store = await openStore({ db: path, clock, changes: new LocalChangeBus() });
    const again = new Chat(store);
    expect(await again.send('ann', team, options)).toEqual(first);
    const next = await again.send('ann', team, { clientMsgNo: 'two' });
    expect(next.seq).toBe(2);
    expect(next.messageId).toBeGreaterThan(first.messageId + 1);
    expect(await again.position('ann')).toBe(last + KIBIBYTE);
    await store.close();
  });

  test('ST-2, SY-1, SY-6: two processes on one file hand out each number and each version once', async () => {
    await using world = await open();
    const { chat, clock, path } = world;
    const beside = await openStore({ db: path, clock, changes: new LocalChangeBus() });
    const other = new Chat(beside);
    clock.move(-1000);
    const sends = Array.from({ length: 40 }, (_, index) =>
      (index % 2 === 0 ? chat : other).send(index % 2 === 0 ? 'ann' : 'bob', group(`g${index % 5}`)),
    );
    const ids = (await Promise.all(sends)).map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(40);
    await chat.join(group('g0'), 'eve');
    for (const name of ['g0', 'g1', 'g2', 'g3', 'g4']) {
      expect(await chat.lastSeq(group(name))).toBe(8);
      await other.join(group(name), 'eve');
    }
    const rows = await chat.rows('eve');
    expect(new Set(rows.map(({ version }) => version)).size).toBe(5);
    expect(await other.rows('eve')).toEqual(rows);
    await beside.close();
  });

  test('SY-1, SY-6: what another process commits while a write waits for its turn comes before it', async () => {
    await using world = await open();
    const { chat, clock, log, path } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.send('bob', pair('ann', 'bob'));
    const database = openDatabase(path);
    const other = new InlineCommitter(database, () => {});
    log.intercept = (sql) => {
      if (sql !== 'BEGIN IMMEDIATE') return;
      log.intercept = undefined;
      const command = { communityId: 1, uid: 'bob', channel: pair('ann', 'bob'), unread: 3 };
      void other.commit([{ operation: 'setUnread', command }], clock.nowMs());
    };
    await chat.send('ann', team);
    database.close();
    expect((await chat.rows('bob')).map(({ channel, unread }) => [channel.name, unread])).toEqual([
      ['team', 1],
      [pair('ann', 'bob').name, 3],
    ]);
    const [first, second] = await chat.rows('bob');
    expect(first?.version).toBeGreaterThan(second?.version ?? Infinity);
  });

  test('SY-7: a reply does not mix in what another process writes while it is computed', async () => {
    await using world = await open();
    const { chat, log, path } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.send('ann', team);
    const before = await chat.list('bob', { messageCount: 9 });
    const other = openDatabase(path);
    let written = 0;
    log.intercept = (sql) => {
      // After the reply's first statement, which has read the last version.
      if (!/^\s*(WITH|SELECT wanted)/.test(sql)) return;
      written += other
        .prepare('UPDATE channels SET version = version + 1024, last_seq = last_seq + 1')
        .run().changes;
    };
    const reply = await chat.list('bob', { messageCount: 9 });
    log.intercept = undefined;
    other.close();
    expect(written).toBeGreaterThan(0);
    expect(reply).toEqual(before);
    expect(await chat.rows('bob')).not.toEqual(before.conversations);
  });
});

describe('group commit', () => {
  test('ST-18: writes that arrive together share one transaction', async () => {
    await using world = await open();
    const { chat, log } = world;
    await Promise.all(Array.from({ length: 400 }, (_, index) => chat.send('ann', group(`g${index % 7}`))));
    expect(countOf(world, 'BEGIN IMMEDIATE')).toBe(1);
    expect(countOf(world, 'COMMIT')).toBe(1);
    log.statements.length = 0;
    await Promise.all(Array.from({ length: 1700 }, () => chat.send('ann', team)));
    expect(countOf(world, 'COMMIT')).toBeLessThan(6);
    expect(await chat.lastSeq(team)).toBe(1700);
  });

  test('ST-18: the community clock is written once for all of them', async () => {
    await using world = await open();
    await Promise.all(Array.from({ length: 50 }, () => world.chat.send('ann', team)));
    expect(world.log.statements.filter((sql) => sql.startsWith('UPDATE clocks'))).toHaveLength(1);
  });

  test('ST-18: writes that arrive while others are committed come in the next transaction', async () => {
    await using world = await open();
    const { chat, log } = world;
    const later: Promise<unknown>[] = [];
    log.intercept = (sql) => {
      if (sql === 'COMMIT' && later.length < 20) {
        for (let index = 0; index < 20; index += 1) later.push(chat.send('ann', team));
      }
    };
    await chat.send('ann', team);
    await Promise.all(later);
    log.intercept = undefined;
    expect(countOf(world, 'BEGIN IMMEDIATE')).toBe(2);
    expect(await chat.lastSeq(team)).toBe(21);
  });

  test('ST-18: one that fails takes back only itself', async () => {
    await using world = await open();
    const { chat, log } = world;
    await chat.send('ann', team, { clientMsgNo: 'first', text: 'x' });
    log.statements.length = 0;
    const sends = [
      chat.send('ann', team),
      chat.send('ann', team, { clientMsgNo: 'first', text: 'y' }),
      chat.send('bob', team),
      chat.send('eve', team, { asMember: true }),
      chat.send('ann', team, { clientMsgNo: 'first', text: 'x' }),
      new Chat(world.store, 99).send('ann', team),
      chat.send('cat', team),
    ];
    expect(await outcomes(sends)).toEqual([2, 'CONFLICT', 3, 'PERMISSION_DENIED', 1, 'NOT_FOUND', 4]);
    expect(countOf(world, 'COMMIT')).toBe(1);
    expect(await chat.seqs('ann', team)).toEqual([1, 2, 3, 4]);
  });

  test('ST-18: what a failing one has written before it failed is taken back', async () => {
    await using world = await open();
    const { chat, log } = world;
    await chat.send('ann', team);
    log.intercept = (sql) => {
      if (sql.startsWith('UPDATE channels SET last_seq') && sql.includes("'poison'")) {
        throw sqliteError('SQLITE_CONSTRAINT');
      }
    };
    const sends = ['two', 'poison', 'three'].map((clientMsgNo) => chat.send('ann', team, { clientMsgNo }));
    expect(await outcomes(sends)).toEqual([2, 'SQLITE_CONSTRAINT', 3]);
    log.intercept = undefined;
    const { messages } = await chat.messages('ann', team);
    expect(messages.map(({ clientMsgNo }) => clientMsgNo)).toEqual(['no-1', 'two', 'three']);
    const ids = messages.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((one, other) => one - other));
  });

  test('ST-18: nobody is answered before COMMIT: when it fails, all fail and nothing is stored', async () => {
    await using world = await open();
    const { chat, log } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.send('ann', team, { clientMsgNo: 'first', text: 'x' });
    const before = await chat.list('bob', { messageCount: 9 });
    log.intercept = (sql) => {
      if (sql === 'COMMIT') throw sqliteError('SQLITE_IOERR_FSYNC');
    };
    const writes = [
      chat.send('ann', team),
      // Not even what would have been an error of its own, or a repetition, is known for certain.
      chat.send('ann', team, { clientMsgNo: 'first', text: 'y' }),
      chat.markRead('bob', team).then(() => ({ seq: 0 })),
    ];
    expect(await outcomes(writes)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE']);
    log.intercept = undefined;
    expect(await chat.list('bob', { messageCount: 9 })).toEqual(before);
    expect(await chat.send('ann', team)).toMatchObject({ seq: 2 });
  });

  test('ST-18: a rollback that fails as well leaves nobody without an answer', async () => {
    await using world = await open();
    const { chat, database, log } = world;
    log.intercept = (sql) => {
      if (sql === 'COMMIT' || sql === 'ROLLBACK') throw sqliteError('SQLITE_IOERR');
    };
    expect(await outcomes([chat.send('ann', team)])).toEqual(['UNAVAILABLE']);
    log.intercept = undefined;
    database.exec('ROLLBACK');
    expect(await chat.send('ann', team)).toMatchObject({ seq: 1 });
  });
});

describe('a database that cannot be written', () => {
  test('ST-24: while another process holds it, writes fail with UNAVAILABLE and reads go on', async () => {
    await using world = await open();
    const { chat, database, path } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.send('ann', team);
    const before = await chat.list('bob', { messageCount: 9 });
    database.pragma('busy_timeout = 10');
    const other = openDatabase(path);
    other.exec('BEGIN IMMEDIATE');

    const sends = [chat.send('ann', team, { clientMsgNo: 'two' }), chat.send('bob', team)];
    expect(await outcomes(sends)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    await expect(chat.markRead('bob', team)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await chat.list('bob', { messageCount: 9 })).toEqual(before);

    other.exec('ROLLBACK');
    other.close();
    expect(await chat.send('ann', team, { clientMsgNo: 'two' })).toMatchObject({ seq: 2 });
    expect(await chat.seqs('bob', team)).toEqual([1, 2]);
  });

  test('ST-24: when the disk is full, writes fail with UNAVAILABLE and what was acknowledged stays', async () => {
    await using world = await open();
    const { chat, clock, database, path } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.sendMany('ann', team, 3);
    const text = 'x'.repeat(60 * KIBIBYTE);
    const pages = Number(database.pragma('page_count', { simple: true }));
    database.pragma(`max_page_count = ${pages + 20}`);

    const acknowledged = [1, 2, 3];
    const results = new Set<number | string>();
    for (let turn = 0; turn < 10; turn += 1) {
      const [large, small] = await outcomes([chat.send('ann', team, { text }), chat.send('ann', team)]);
      for (const result of [large, small]) {
        if (typeof result === 'number') acknowledged.push(result);
        else results.add(String(result));
      }
    }
    expect([...results]).toEqual(['UNAVAILABLE']);
    const crowd = Array.from({ length: 3000 }, (_, index) => `user-${index}`);
    await expect(chat.join(group('large'), ...crowd)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await chat.seqs('bob', team)).toEqual(acknowledged);
    expect(await chat.members(group('large'))).toEqual([]);

    database.pragma('max_page_count = 1000000');
    expect(await chat.send('ann', team, { text })).toMatchObject({ seq: acknowledged.length + 1 });
    expect(await chat.seqs('bob', team)).toEqual([...acknowledged, acknowledged.length + 1]);
    await world.store.close();
    const store = await openStore({ db: path, clock, changes: new LocalChangeBus() });
    expect(await new Chat(store).lastSeq(team)).toBe(acknowledged.length + 1);
    await store.close();
  });
});
