import { describe, expect, test, vi } from 'vitest';
import { awaitConversations } from '../../src/engine/await-conversations.js';
import type { Change } from '../../src/ports/change.js';
import { notifyOf, parseNotification } from '../../src/storage/postgres/notifications.js';
import type { PostgresStore } from '../../src/storage/postgres/postgres-store.js';
import { LocalChangeBus } from '../../src/system.js';
import { Chat, group } from '../support/chat.js';
import { endSessions } from '../support/end-sessions.js';
import { FakeClock } from '../support/fake-clock.js';
import { type OpenedPostgres, openBeside, postgresKind } from '../support/postgres-stores.js';
import { createTestEngine } from '../support/test-engine.js';

const team = group('team');
const PATIENCE = { timeout: 20_000, interval: 10 };

const INPUT = {
  communityId: 1,
  lastMsgSeqs: [],
  messageCount: 0,
  onlyUnread: false,
  excludeTypes: [],
  includeDeleted: false,
  window: { kind: 'all' as const },
};

/** Two processes on one database, and what the second one hears. */
async function openTwo(): Promise<
  {
    opened: OpenedPostgres;
    store: PostgresStore;
    chat: Chat;
    beside: Chat;
    heard: Change[];
  } & AsyncDisposable
> {
  const clock = new FakeClock();
  const opened = await postgresKind.open(clock);
  const changes = new LocalChangeBus();
  const heard: Change[] = [];
  changes.subscribe((change) => heard.push(change));
  const store = await openBeside(opened.url, clock, changes);
  const close = async (): Promise<void> => {
    await store.close();
    await opened[Symbol.asyncDispose]();
  };
  return {
    opened,
    store,
    chat: new Chat(opened.store),
    beside: new Chat(store),
    heard,
    [Symbol.asyncDispose]: close,
  };
}

/** Ends the sessions that listen. */
function cutListeners(url: string): Promise<unknown> {
  return endSessions(url, "application_name = 'tidemark listener'");
}

describe('what others commit', () => {
  test('PG-4, ST-25: is heard with the topics that it concerns, and one time only what one commits oneself', async () => {
    await using two = await openTwo();
    const { chat, beside, heard } = two;
    await chat.send('ann', team);
    await vi.waitFor(() => expect(heard).toHaveLength(1), PATIENCE);
    const topics = await beside.store.listTopics({ communityId: 1, uid: 'ann' });
    expect(heard[0]).toMatchObject({ communityId: 1, upTo: await beside.position('ann') });
    expect(heard[0]?.topics).toEqual(expect.arrayContaining(topics));

    await beside.send('bob', team);
    // Announced before it was answered, and not again when it comes by.
    expect(heard).toHaveLength(2);
    await chat.send('ann', team);
    await vi.waitFor(() => expect(heard.at(-1)?.after).toBe(heard[1]?.upTo), PATIENCE);
    expect(heard).toHaveLength(3);
  });

  test('PG-4: what concerns too many to be named concerns all', async () => {
    const change = {
      communityId: 7,
      after: 1024,
      upTo: 2048,
      topics: Array.from({ length: 3000 }, (_, id) => id),
    } as unknown as Change;
    const { payload } = notifyOf(change).parameters as { payload: string };
    expect(payload.length).toBeLessThan(8000);
    expect(parseNotification(payload)).toEqual({ ...change, topics: 'all' });

    await using two = await openTwo();
    await two.chat.join(team, ...Array.from({ length: 3000 }, (_, index) => `u${index}`));
    await vi.waitFor(() => expect(two.heard).toMatchObject([{ communityId: 1, topics: 'all' }]), PATIENCE);
  });

  test.each(['', 'x', '{}', '[]', 'null', '{"communityId":1,"after":0,"upTo":1,"topics":"some"}'])(
    'PG-4: a notification of another program, %j, says nothing',
    (payload) => {
      expect(parseNotification(payload)).toBeUndefined();
    },
  );
});

describe('when the connection for announcements is lost', () => {
  test('PG-4: it comes back by itself, and everybody who waits looks again', async () => {
    await using two = await openTwo();
    const { opened, chat, beside, heard } = two;
    await chat.join(team, 'ann', 'bob');
    await opened.store.createCommunity({ name: 'second' });
    await vi.waitFor(() => expect(heard).toHaveLength(2), PATIENCE);
    heard.length = 0;
    await cutListeners(opened.url);
    await vi.waitFor(() => expect(heard.filter(({ topics }) => topics === 'all')).toHaveLength(2), PATIENCE);
    expect(new Set(heard.map(({ communityId }) => communityId))).toEqual(new Set([1, 2]));
    heard.length = 0;
    await chat.send('ann', team);
    await vi.waitFor(() => expect(heard).toHaveLength(1), PATIENCE);
    expect(await beside.lastSeq(team)).toBe(1);
  });

  test('PG-4, WK-17: who waits sleeps through nothing, whenever it is lost', async () => {
    await using two = await openTwo();
    const { opened, chat, beside } = two;
    await chat.join(team, 'ann', 'bob');
    const engine = createTestEngine(two.store, new FakeClock());
    const over = new AbortController();
    const cutting = (async () => {
      while (!over.signal.aborted) await cutListeners(opened.url);
    })();
    let after = await beside.position('bob');
    for (let turn = 0; turn < 5; turn += 1) {
      const input = { ...INPUT, uid: 'bob', after };
      const waiting = awaitConversations(engine, input, { maxMs: 60_000, onGone: () => undefined });
      await chat.send('ann', team);
      const page = await waiting;
      expect(page.conversations).toHaveLength(1);
      after = page.completeUpTo;
    }
    over.abort();
    await cutting;
  });
});
