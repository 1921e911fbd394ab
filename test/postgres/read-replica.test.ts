import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NO_VERSION, versionAt, type Version } from '../../src/domain/version.js';
import { awaitConversations } from '../../src/engine/await-conversations.js';
import type { PostgresStore } from '../../src/storage/postgres/postgres-store.js';
import { Chat, group } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';
import { HeldChangeBus } from '../support/held-change-bus.js';
import { openBeside } from '../support/postgres-stores.js';
import { BOTH, PRIMARY_ONLY, REPLICA_ONLY, shareReplicatedPostgres } from '../support/replicated-postgres.js';
import { createTestEngine } from '../support/test-engine.js';

const team = group('team');
const PATIENCE = { timeout: 30_000, interval: 10 };

const INPUT = {
  communityId: 1,
  uid: 'bob',
  lastMsgSeqs: [],
  messageCount: 0,
  onlyUnread: false,
  excludeTypes: [],
  includeDeleted: false,
  window: { kind: 'all' as const },
};

const postgres = shareReplicatedPostgres();

let url: string;
let clock: FakeClock;
/** Of the process that is given the replica. */
let store: PostgresStore;
let chat: Chat;

beforeEach(async () => {
  url = await postgres().createDatabase();
  clock = new FakeClock();
  store = await postgres().openReading(url, { clock });
  chat = new Chat(store);
  await chat.join(team, 'ann', 'bob');
  await chat.send('ann', team);
  await postgres().replica.catchUp();
});

afterEach(async () => {
  await postgres().replica.resumeReplay();
  await store.close();
});

/** What another process writes, of which `held` says when it is heard of here. */
interface Beside extends AsyncDisposable {
  readonly writer: Chat;
  readonly reader: Chat;
  readonly held: HeldChangeBus;
}

/** Beside the writer a reader with the replica, who hears late. Both know where the database stands now. */
async function openBesideLate(): Promise<Beside> {
  const held = new HeldChangeBus();
  const late = await postgres().openReading(url, { clock, changes: held });
  const reader = new Chat(late);
  await reader.list('bob');
  return { writer: chat, reader, held, [Symbol.asyncDispose]: () => late.close() };
}

describe('a replica that has caught up', () => {
  test('PG-10: is asked, and alone', async () => {
    expect(await postgres().countLists(() => chat.list('bob'))).toEqual(REPLICA_ONLY);
    const after = await chat.position('bob');
    expect(await postgres().countLists(() => chat.list('bob', { after }))).toEqual(REPLICA_ONLY);
    const known = [{ channel: team, seq: 1 }];
    expect(await postgres().countLists(() => chat.list('bob', { known, includeDeleted: true }))).toEqual(
      REPLICA_ONLY,
    );
    const window = { kind: 'limit', limit: 1 } as const;
    expect(
      await postgres().countLists(() => chat.list('bob', { after: (after - 1024) as Version, window })),
    ).toEqual(REPLICA_ONLY);
    expect(await postgres().countLists(() => chat.list('nobody'))).toEqual(REPLICA_ONLY);
  });

  test('PG-10: gives the answers of the primary', async () => {
    const plain = await openBeside(url, clock);
    const primary = new Chat(plain);
    await chat.send('bob', group('other'));
    await chat.deleteConversation('bob', team);
    await postgres().replica.catchUp();
    for (const options of [
      {},
      { messageCount: 5 },
      { after: await primary.position('bob'), includeDeleted: true },
      { after: versionAt(clock.nowMs() - 1), includeDeleted: true },
      { window: { kind: 'page', page: 1, size: 1 } as const },
      { window: { kind: 'limit', limit: 1 } as const },
    ]) {
      expect(await chat.list('bob', options)).toEqual(await primary.list('bob', options));
    }
    await plain.close();
  });

  test('PG-10: is asked for nothing else', async () => {
    const log = postgres().replica.cluster.readLog().length;
    await chat.find('bob', [team], 1);
    await chat.messages('bob', team);
    await chat.lastSeq(team);
    await store.listTopics({ communityId: 1, uid: 'bob' });
    expect(postgres().replica.cluster.readLog().slice(log)).not.toContain('memberships');
  });

  test('PG-10: the first question about a community is for the primary, who says where it stands', async () => {
    await postgres().replica.pauseReplay();
    await chat.send('ann', team);
    const fresh = await postgres().openReading(url, { clock });
    const freshChat = new Chat(fresh);
    expect(await postgres().countLists(() => freshChat.list('bob'))).toEqual(PRIMARY_ONLY);
    expect(await freshChat.rows('bob')).toMatchObject([{ lastSeq: 2 }]);
    await fresh.close();
  });
});

describe('a replica that is behind', () => {
  beforeEach(() => postgres().replica.pauseReplay());

  test('PG-10: an acknowledged write is seen at once, whatever the cursor, and again when it has come', async () => {
    const after = await chat.position('bob');
    await chat.send('ann', team);
    expect(await chat.rows('bob')).toMatchObject([{ lastSeq: 2, unread: 2 }]);
    expect(await chat.rows('bob', { after })).toMatchObject([{ lastSeq: 2 }]);
    expect(await postgres().countLists(() => chat.list('bob', { after }))).toEqual(BOTH);
    await postgres().replica.resumeReplay();
    await postgres().replica.catchUp();
    expect(await postgres().countLists(() => chat.list('bob', { after }))).toEqual(REPLICA_ONLY);
    expect(await chat.rows('bob', { after })).toMatchObject([{ lastSeq: 2 }]);
  });

  test('PG-10: what another process wrote is seen once it is announced', async () => {
    await chat.list('bob');
    const other = await openBeside(url, clock);
    await new Chat(other).send('ann', team, { clientMsgNo: 'other' });
    await vi.waitFor(async () => expect(await chat.rows('bob')).toMatchObject([{ lastSeq: 2 }]), PATIENCE);
    await other.close();
  });

  test('PG-10: before that, an older state is answered, which says how far it goes', async () => {
    await using beside = await openBesideLate();
    const { writer, reader, held } = beside;
    const before = await reader.list('bob');
    await writer.send('ann', team);
    expect(await reader.list('bob')).toEqual(before);
    const after = before.completeUpTo;
    expect(await reader.list('bob', { after })).toMatchObject({ conversations: [], completeUpTo: after });
    await vi.waitFor(async () => {
      held.release();
      expect(await reader.rows('bob', { after })).toMatchObject([{ lastSeq: 2 }]);
    }, PATIENCE);
  });

  test('PG-11: a cursor that is ahead of it is no reason to start over, and the primary answers', async () => {
    await using beside = await openBesideLate();
    const { writer, reader } = beside;
    // So that versions are ahead of the time of day, and look like those of another server.
    clock.move(60_000);
    await writer.send('ann', team);
    clock.move(-60_000);
    const after = await writer.position('bob');
    expect(after).toBeGreaterThan(versionAt(clock.nowMs()));
    expect(await reader.list('bob', { after })).toEqual({
      conversations: [],
      completeUpTo: after,
      hasMore: false,
      reset: false,
    });
  });

  test('PG-10: nobody is shown less than somebody was before', async () => {
    await using beside = await openBesideLate();
    const { writer, reader } = beside;
    await writer.send('ann', team);
    const after = await writer.position('bob');
    await reader.list('ann', { after });
    expect(await reader.rows('bob')).toMatchObject([{ lastSeq: 2 }]);
  });

  test('PG-11: messages and conversations that the client has and the replica has not', async () => {
    await using beside = await openBesideLate();
    const { writer, reader } = beside;
    await writer.send('ann', team);
    const newer = [{ channel: team, seq: 2 }];
    expect(await postgres().countLists(() => reader.list('bob', { known: newer }))).toEqual(BOTH);
    expect(await reader.rows('bob', { known: newer })).toEqual([]);

    await postgres().replica.resumeReplay();
    await postgres().replica.catchUp();
    await using again = await openBesideLate();
    await postgres().replica.pauseReplay();
    const other = group('other');
    await writer.join(other, 'bob');
    await writer.send('ann', other);
    const named = [
      { channel: team, seq: 2 },
      { channel: other, seq: 1 },
    ];
    const options = { known: named, includeDeleted: true };
    expect(await postgres().countLists(() => again.reader.list('bob', options))).toEqual(BOTH);
    expect(await again.reader.rows('bob', options)).toEqual([]);
  });

  test('PG-11: a conversation that has come back to the list since has not left it', async () => {
    await postgres().replica.resumeReplay();
    await chat.leave(team, 'bob');
    await postgres().replica.catchUp();
    await using beside = await openBesideLate();
    const { writer, reader } = beside;
    await postgres().replica.pauseReplay();
    await writer.join(team, 'bob');
    const options = { known: [{ channel: team, seq: 1 }], includeDeleted: true };
    expect(await writer.rows('bob', options)).toEqual([]);
    expect(await reader.rows('bob', options)).toEqual([]);
  });

  test('PG-11: pages from the second on are asked for at the primary', async () => {
    await using beside = await openBesideLate();
    const { reader } = beside;
    const page = (number: number) => ({ window: { kind: 'page', page: number, size: 1 } }) as const;
    expect(await postgres().countLists(() => reader.list('bob', page(1)))).toEqual(REPLICA_ONLY);
    expect(await postgres().countLists(() => reader.list('bob', page(2)))).toEqual(PRIMARY_ONLY);
  });

  test('PG-10, SY-13: portions under a limit add up, wherever each comes from', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await chat.send('bob', group(name));
    await postgres().replica.resumeReplay();
    await postgres().replica.catchUp();
    await using beside = await openBesideLate();
    const { writer, reader } = beside;
    await postgres().replica.pauseReplay();
    await writer.send('bob', group('b'));
    const seen: string[] = [];
    let after = NO_VERSION;
    for (let turn = 0; turn < 20; turn += 1) {
      const turns = turn % 2 === 0 ? reader : writer;
      const page = await turns.list('bob', { after, window: { kind: 'limit', limit: 1 } });
      seen.push(...page.conversations.map(({ channel, version }) => `${channel.name}@${version}`));
      after = page.completeUpTo;
    }
    const whole = await writer.rows('bob');
    expect(seen).toEqual(
      expect.arrayContaining(whole.map(({ channel, version }) => `${channel.name}@${version}`)),
    );
    expect(after).toBe(await writer.position('bob'));
  });

  test('PG-10, WK-17: who waits is woken with what has changed', async () => {
    const engine = createTestEngine(store, clock);
    const after = await chat.position('bob');
    const patience = { maxMs: 60_000, onGone: () => undefined };
    const waiting = awaitConversations(engine, { ...INPUT, after }, patience);
    await vi.waitFor(() => expect(engine.waiters.size).toBe(1), PATIENCE);
    const other = await openBeside(url, clock);
    await new Chat(other).send('ann', team, { clientMsgNo: 'other' });
    expect((await waiting).conversations).toHaveLength(1);
    await other.close();
  });

  test('PG-10, WK-17: what comes between the question and the waiting is not slept through', async () => {
    const engine = createTestEngine(store, clock);
    const patience = { maxMs: 60_000, onGone: () => undefined };
    let after = await chat.position('bob');
    for (let turn = 0; turn < 20; turn += 1) {
      const waiting = awaitConversations(engine, { ...INPUT, after }, patience);
      for (let tick = 0; tick < turn; tick += 1) await new Promise(setImmediate);
      await chat.send('ann', team);
      const page = await waiting;
      expect(page.conversations).toHaveLength(1);
      after = page.completeUpTo;
    }
  });
});

describe('purged tombstones', () => {
  test('PG-11, SY-9: who has to start over is told so by the primary', async () => {
    const after = await chat.position('bob');
    clock.move(1000);
    await postgres().replica.pauseReplay();
    await chat.leave(team, 'bob');
    await store.purgeMemberships({ before: versionAt(clock.nowMs() + 1000), limit: 10 });
    const options = { after, includeDeleted: true };
    expect(await chat.list('bob', options)).toMatchObject({ reset: true, conversations: [] });
    await postgres().replica.resumeReplay();
    await postgres().replica.catchUp();
    expect(await chat.list('bob', options)).toMatchObject({ reset: true, conversations: [] });
    expect((await postgres().countLists(() => chat.list('bob', options))).primary).toBe(2);
  });

  test('PG-11: a replica that still has them tells of them', async () => {
    const after = await chat.position('bob');
    clock.move(1000);
    await chat.leave(team, 'bob');
    await postgres().replica.catchUp();
    await postgres().replica.pauseReplay();
    await store.purgeMemberships({ before: versionAt(clock.nowMs() + 1000), limit: 10 });
    const page = await chat.list('bob', { after, includeDeleted: true });
    expect(page).toMatchObject({ reset: false, conversations: [{ isDeleted: true }] });
  });
});
