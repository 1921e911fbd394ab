import { describe, expect, test } from 'vitest';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { NO_VERSION, type Version } from '../../src/domain/version.js';
import { Chat, group, pair } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';
import { openBeside, postgresKind } from '../support/postgres-stores.js';

const team = group('team');

/** Delays every commit that has stored a message by up to 20 ms, each by another time. */
const DELAY_COMMITS = `
  CREATE FUNCTION delay_commit() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN PERFORM pg_sleep(random() * 0.02); RETURN NULL; END $$;
  CREATE CONSTRAINT TRIGGER delay_commit AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION delay_commit()`;

const REMOVE_DELAY = 'DROP TRIGGER delay_commit ON messages; DROP FUNCTION delay_commit()';

describe('several processes on one database', () => {
  test('PG-1, SY-1, SY-6: a cursor that follows them misses nothing, and no two changes have one version', async () => {
    const clock = new FakeClock();
    await using opened = await postgresKind.open(clock);
    const { store, url } = opened;
    const others = await Promise.all([
      openBeside(url, clock),
      openBeside(url, clock),
      openBeside(url, clock),
    ]);
    const groups = Array.from({ length: 12 }, (_, index) => group(`g${index}`));
    const reader = new Chat(store);
    for (const channel of groups) await reader.join(channel, 'eve');
    await queryOnce(url, DELAY_COMMITS);

    let isWriting = true;
    const seen = new Map<string, { version: Version; lastSeq: number }>();
    const follow = async (): Promise<void> => {
      let cursor: Version = NO_VERSION;
      for (let isLast = false; !isLast;) {
        isLast = !isWriting;
        const page = await reader.list('eve', { after: cursor });
        for (const { channel, version, lastSeq } of page.conversations) {
          expect(version).toBeGreaterThan(cursor);
          seen.set(channel.name, { version, lastSeq });
        }
        cursor = page.completeUpTo;
      }
    };
    const write = async (index: number): Promise<void> => {
      const chat = new Chat(others[index] ?? store);
      for (let turn = 0; turn < 25; turn += 1) {
        const channel = groups[(index * 4 + turn) % groups.length] ?? team;
        await chat.send(`writer-${index}`, channel);
      }
    };
    const following = follow();
    await Promise.all(others.map((_, index) => write(index)));
    isWriting = false;
    await following;
    await queryOnce(url, REMOVE_DELAY);

    const rows = await reader.rows('eve');
    expect(rows.reduce((sum, { lastSeq }) => sum + lastSeq, 0)).toBe(75);
    expect(Object.fromEntries(seen)).toEqual(
      Object.fromEntries(rows.map(({ channel, version, lastSeq }) => [channel.name, { version, lastSeq }])),
    );
    const versions = await queryOnce<{ version: string }>(url, 'SELECT version FROM messages');
    expect(new Set(versions.map(({ version }) => version)).size).toBe(75);
    await Promise.all(others.map((other) => other.close()));
  });

  test('PG-1, SY-1, SY-6: what another process commits while a write waits for its turn comes before it', async () => {
    const clock = new FakeClock();
    await using opened = await postgresKind.open(clock);
    const { store, url } = opened;
    const chat = new Chat(store);
    const beside = await openBeside(url, clock);
    await chat.join(team, 'ann', 'bob');
    await chat.send('bob', pair('ann', 'bob'));
    await queryOnce(url, DELAY_COMMITS.replace('random() * 0.02', '0.3'));
    const first = new Chat(beside).send('ann', team);
    // Its transaction has begun, and ends when the delay has.
    await untilLocked(url);
    await chat.setUnread('bob', pair('ann', 'bob'), 3);
    const rows = await chat.rows('bob');
    expect(rows.map(({ channel, unread }) => [channel.name, unread])).toEqual([
      [pair('ann', 'bob').name, 3],
      ['team', 1],
    ]);
    expect(rows[0]?.version).toBeGreaterThan(rows[1]?.version ?? Infinity);
    await first;
    await queryOnce(url, REMOVE_DELAY);
    await beside.close();
  });

  test('PG-1, ST-2: they hand out each number once, also communities', async () => {
    const clock = new FakeClock();
    await using opened = await postgresKind.open(clock);
    const { store, url } = opened;
    const beside = await openBeside(url, clock);
    const stores = [store, beside];
    const chats = stores.map((each) => new Chat(each));
    const pick = <Each>(list: readonly Each[], index: number): Each => list[index % list.length] as Each;
    const sends = Array.from({ length: 40 }, (_, index) => pick(chats, index).send(`u${index % 3}`, team));
    const communities = Array.from({ length: 10 }, (_, index) =>
      pick(stores, index).createCommunity({ name: `c${index}` }),
    );
    const sent = await Promise.all(sends);
    expect(sent.map((one) => one.seq).toSorted((a, b) => a - b)).toEqual(sends.map((_, index) => index + 1));
    expect(new Set(sent.map((one) => one.messageId)).size).toBe(40);
    expect((await Promise.all(communities)).toSorted((a, b) => a - b)).toEqual(
      communities.map((_, index) => index + 2),
    );
    await beside.close();
  });

  test('PG-1, KT-14: an API key belongs to one community, whoever gives it out at the same time', async () => {
    const clock = new FakeClock();
    await using opened = await postgresKind.open(clock);
    const { store, url } = opened;
    const beside = await openBeside(url, clock);
    const ids = [
      await store.createCommunity({ name: 'a' }),
      await beside.createCommunity({ name: 'b' }),
    ] as const;
    const given = await Promise.allSettled([
      store.setApiKey({ communityId: ids[0], apiKeyHash: 'same' }),
      beside.setApiKey({ communityId: ids[1], apiKeyHash: 'same' }),
    ]);
    expect(given.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(given.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'CONFLICT' } });
    await beside.close();
  });
});

/** Until some transaction on this database is in the middle of a commit that is delayed. */
async function untilLocked(url: string): Promise<void> {
  for (;;) {
    const [row] = await queryOnce<{ found: boolean }>(
      url,
      `SELECT EXISTS (SELECT 1 FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event = 'PgSleep') AS found`,
    );
    if (row?.found) return;
  }
}
