import { describe, expect, test, vi } from 'vitest';
import { PostgresCluster } from '../../postgres-cluster/postgres-cluster.js';
import { queryOnce } from '../../postgres-cluster/query-once.js';
import { migratePostgres } from '../../src/storage/postgres/migrate-postgres.js';
import { Chat, group } from '../support/chat.js';
import { endSessions } from '../support/end-sessions.js';
import { FakeClock } from '../support/fake-clock.js';
import { openBeside, postgresKind } from '../support/postgres-stores.js';

const team = group('team');
const PATIENCE = { timeout: 30_000, interval: 20 };

function codeOf(error: unknown): string {
  return String(Reflect.get(Object(error), 'code'));
}

/** Sends one message until it is acknowledged. Returns its seq. */
async function sendUntilDone(chat: Chat, uid: string, clientMsgNo: string): Promise<number> {
  for (;;) {
    try {
      return (await chat.send(uid, team, { clientMsgNo, text: clientMsgNo })).seq;
    } catch (error) {
      if (codeOf(error) !== 'UNAVAILABLE') throw error;
    }
  }
}

describe('connections that end in the middle of writes', () => {
  test('PG-5, ST-3: nothing acknowledged is lost, nothing is stored twice, and writes go on', async () => {
    const clock = new FakeClock();
    await using opened = await postgresKind.open(clock);
    const { store, url } = opened;
    const beside = await openBeside(url, clock);
    const chats = [new Chat(store), new Chat(beside)];
    const over = new AbortController();
    let cuts = 0;
    const cutting = (async () => {
      while (!over.signal.aborted) cuts += await endSessions(url);
    })();
    const acknowledged = new Map<number, string>();
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let turn = 0; turn < 12; turn += 1) {
          const clientMsgNo = `${writer}/${turn}`;
          const chat = chats[(writer + turn) % 2];
          if (chat) acknowledged.set(await sendUntilDone(chat, `w${writer}`, clientMsgNo), clientMsgNo);
        }
      }),
    );
    over.abort();
    await cutting;
    expect(cuts).toBeGreaterThan(10);
    const rows = await queryOnce<{ seq: number; no: string }>(
      url,
      'SELECT CAST(seq AS INTEGER) AS seq, client_msg_no AS no FROM messages ORDER BY seq',
    );
    expect(rows).toEqual(
      [...acknowledged].map(([seq, no]) => ({ seq, no })).toSorted((one, other) => one.seq - other.seq),
    );
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 96 }, (_, index) => index + 1));
    await beside.close();
  });

  test('PG-5: reads fail with UNAVAILABLE at the most, and go on', async () => {
    await using opened = await postgresKind.open(new FakeClock());
    const chat = new Chat(opened.store);
    await chat.send('ann', team);
    const codes = new Set<string>();
    for (let turn = 0; turn < 20; turn += 1) {
      const asked = Promise.allSettled([
        chat.rows('ann'),
        chat.seqs('ann', team),
        opened.store.listTopics({ communityId: 1, uid: 'ann' }),
      ]);
      await endSessions(opened.url);
      for (const answer of await asked) {
        if (answer.status === 'rejected') codes.add(codeOf(answer.reason));
      }
    }
    expect([...codes].filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
    await vi.waitFor(async () => expect(await chat.rows('ann')).toHaveLength(1), PATIENCE);
  });
});

describe('a database that is away', () => {
  test(
    'PG-6: everything is UNAVAILABLE while it is, and goes on when it is back',
    { timeout: 120_000 },
    async () => {
      await using cluster = await PostgresCluster.start();
      const url = await cluster.createDatabase();
      await migratePostgres(url);
      const store = await openBeside(url, new FakeClock());
      const chat = new Chat(store);
      await chat.send('ann', team, { clientMsgNo: 'one' });

      for (const mode of ['fast', 'immediate'] as const) {
        const sent = await chat.lastSeq(team);
        await cluster.stop(mode);
        await expect(chat.send('ann', team)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
        await expect(chat.rows('ann')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
        await expect(store.getRoom({ communityId: 1, userId: 1, roomId: 1 })).rejects.toMatchObject({
          code: 'UNAVAILABLE',
        });
        await expect(store.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
        const refused = await chat.send('ann', team).catch((error: unknown) => error);
        expect(refused).toMatchObject({ code: 'UNAVAILABLE' });

        await cluster.resume();
        await vi.waitFor(() => store.ping(), PATIENCE);
        await vi.waitFor(() => chat.send('ann', team, { clientMsgNo: `after ${sent}` }), PATIENCE);
        expect(await chat.lastSeq(team)).toBe(sent + 1);
      }
      await store.close();
    },
  );

  test('PG-6: a store can be closed while it is', { timeout: 60_000 }, async () => {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.createDatabase();
    await migratePostgres(url);
    const store = await openBeside(url, new FakeClock());
    await new Chat(store).send('ann', team);
    await cluster.stop('immediate');
    await expect(store.close()).resolves.toBeUndefined();
  });
});
