import { describe, expect, test, vi } from 'vitest';
import { type ServerOptions, startServer, type TestServer } from '../../support/server.js';
import { memoryKind, quickStoreKinds, sqliteKind } from '../../support/stores.js';
import {
  group,
  only,
  person,
  type Reply,
  textOf,
  type WireConversation,
} from '../../support/wukong-client.js';

const G = group('g');

async function startWithGroup(options: ServerOptions = {}): Promise<TestServer> {
  const server = await startServer(options);
  await server.client.makeGroup(G, ['ann', 'ben']);
  await server.client.say('ann', G, 'first');
  return server;
}

async function positionOf({ client }: TestServer, uid: string): Promise<string> {
  const reply = await client.sync({ uid });
  return reply.header('x-sync-version') ?? '';
}

async function untilWaiting({ engine }: TestServer, count: number): Promise<void> {
  await vi.waitUntil(() => engine.waiters.size === count, { timeout: 10_000, interval: 2 });
}

/** A sync that has found nothing and waits. */
async function startWaiting(
  server: TestServer,
  uid: string,
  more: object = {},
): Promise<{ reply: Promise<Reply> }> {
  const version = await positionOf(server, uid);
  const before = server.engine.waiters.size;
  const reply = server.client.sync({ uid, version, wait: 60, ...more });
  await untilWaiting(server, before + 1);
  return { reply };
}

describe.each(quickStoreKinds)('wait, $name', (kind) => {
  test('WK-17: what is new is answered at once', async () => {
    await using server = await startWithGroup({ kind });
    const row = only((await server.client.sync({ uid: 'ben', wait: 60 })).ok<WireConversation[]>());
    expect(row.unread).toBe(1);
    expect(server.engine.waiters.size).toBe(0);
  });

  test('WK-17: a reset is answered at once, also an empty one', async () => {
    await using server = await startWithGroup({ kind });
    const reply = await server.client.sync({ uid: 'nobody', version: '4611686018427386880', wait: 60 });
    expect([reply.text, reply.header('x-sync-reset')]).toEqual(['[]', '1']);
  });

  test('WK-17: a reply is held until there is something in it', async () => {
    await using server = await startWithGroup({ kind });
    const waiting = await startWaiting(server, 'ben', { msg_count: 1 });
    await server.client.say('ann', G, 'second');
    const reply = await waiting.reply;
    const [message] = only(reply.ok<WireConversation[]>()).messages;
    expect(message && textOf(message)).toBe('second');
    expect(reply.header('x-sync-version')).toBe(await positionOf(server, 'ben'));
  });

  test('WK-17: when the time is up the reply is empty, with its headers', async () => {
    await using server = await startWithGroup({ kind });
    const version = await positionOf(server, 'ben');
    const startMs = performance.now();
    const reply = await server.client.sync({ uid: 'ben', version, wait: 1 });
    expect(performance.now() - startMs).toBeGreaterThan(900);
    expect([reply.status, reply.text, reply.header('x-sync-version')]).toEqual([200, '[]', version]);
    expect(server.engine.waiters.size).toBe(0);
  });

  test.each<readonly [string, (server: TestServer) => Promise<unknown>]>([
    ['a read mark of another device', ({ client }) => client.change('clearUnread', 'ben', G)],
    ['a changed unread count', ({ client }) => client.change('setUnread', 'ben', { ...G, unread: 3 })],
    ['a deleted conversation', ({ client }) => client.change('delete', 'ben', G)],
    ['the first message of a stranger', ({ client }) => client.say('zoe', person('ben'), 'hello')],
    ['a message from the system', ({ client }) => client.say('', person('ben'), 'welcome')],
    [
      'joining',
      ({ client }) => client.post('/channel/subscriber_add', { ...group('old'), subscribers: ['ben'] }),
    ],
    ['leaving', ({ client }) => client.post('/channel/subscriber_remove', { ...G, subscribers: ['ben'] })],
    ['the end of the channel', ({ client }) => client.post('/channel/delete', G)],
    ['a changed setting', ({ client }) => client.post('/channel/info', { ...G, large: 1 })],
  ])('WK-18: %s wakes', async (_what, change) => {
    await using server = await startWithGroup({ kind });
    await server.client.makeGroup(group('old'), ['ann']);
    const waiting = await startWaiting(server, 'ben', { include_deleted: 1 });
    await change(server);
    // Who joins an empty list of messages has nothing to see until somebody writes.
    if (server.engine.waiters.size > 0) await server.client.say('ann', group('old'), 'hello');
    expect((await waiting.reply).versions).toHaveLength(1);
    expect(server.engine.waiters.size).toBe(0);
  });

  test('WK-18: the first message to a user who was not known when he began to wait wakes him', async () => {
    await using server = await startWithGroup({ kind });
    const waiting = await startWaiting(server, 'newcomer');
    await server.client.say('someone', person('someone else'), 'wakes him for nothing');
    expect(server.engine.waiters.size).toBe(1);
    await server.client.say('ann', person('newcomer'), 'hello');
    expect(only((await waiting.reply).ok<WireConversation[]>()).channel_id).toBe('ann');
  });

  test('WK-18: who is woken for nothing waits on', async () => {
    await using server = await startWithGroup({ kind });
    await server.client.change('clearUnread', 'ben', G);
    const waiting = await startWaiting(server, 'ben', { only_unread: 1 });
    await server.client.say('ben', G, 'his own, which is nothing unread');
    await server.client.say('ann', G, 'hello');
    expect(only((await waiting.reply).ok<WireConversation[]>()).unread).toBe(1);
  });

  test('WK-18: a change wakes all devices of all members, and nobody else', async () => {
    await using server = await startWithGroup({ kind });
    const waiting: { readonly reply: Promise<Reply> }[] = [];
    for (let device = 0; device < 120; device += 1) {
      waiting.push(await startWaiting(server, device % 2 ? 'ann' : 'ben'));
    }
    await startWaiting(server, 'cat');
    await server.client.say('', G, 'to all');
    const replies = await Promise.all(waiting.map(({ reply }) => reply));
    expect(new Set(replies.map((reply) => reply.versions.length))).toEqual(new Set([1]));
    expect(server.engine.waiters.size).toBe(1);
  });

  test('WK-19: a client that goes away frees its place', async () => {
    await using server = await startWithGroup({ kind });
    const version = await positionOf(server, 'ben');
    const gone = new AbortController();
    const reply = fetch(`${server.client.url}/conversation/sync`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uid: 'ben', version, wait: 60 }),
      signal: gone.signal,
    });
    await untilWaiting(server, 1);
    gone.abort();
    await expect(reply).rejects.toThrow(/abort/i);
    await untilWaiting(server, 0);
  });

  test('WK-19: a user has so many places, and another user his own', async () => {
    await using server = await startWithGroup({
      kind,
      waiterLimits: { maxWaiters: 3, maxWaitersPerUser: 2 },
    });
    await startWaiting(server, 'ben');
    await startWaiting(server, 'ben');
    const version = await positionOf(server, 'ben');
    const third = await server.client.sync({ uid: 'ben', version, wait: 60 });
    expect([third.outcome, third.header('retry-after')]).toEqual(['429 RESOURCE_EXHAUSTED wait', '1']);
    // Without waiting he is served as ever.
    expect((await server.client.sync({ uid: 'ben', version })).text).toBe('[]');

    await startWaiting(server, 'ann');
    const fourth = await server.client.sync({ uid: 'cat', version, wait: 60 });
    expect([fourth.outcome, fourth.header('retry-after')]).toEqual(['503 UNAVAILABLE', '1']);
  });

  test('WK-19: a server that stops answers those who wait', async () => {
    const server = await startWithGroup({ kind });
    const waiting = [await startWaiting(server, 'ann'), await startWaiting(server, 'ben')];
    await server[Symbol.asyncDispose]();
    const replies = await Promise.all(waiting.map(({ reply }) => reply));
    expect(replies.map(({ status, text }) => [status, text])).toEqual([
      [200, '[]'],
      [200, '[]'],
    ]);
  });
});

describe('wait', () => {
  test('WK-18: nobody looks into the store while nothing concerns him', async () => {
    await using opened = await sqliteKind.open({ nowMs: () => Date.now() });
    await using server = await startWithGroup({
      kind: {
        name: 'sqlite',
        open: async () => ({ store: opened.store, [Symbol.asyncDispose]: async () => {} }),
      },
    });
    await server.client.makeGroup(group('other'), ['cat']);
    for (let device = 0; device < 20; device += 1) await startWaiting(server, 'ben');
    opened.log.statements.length = 0;
    await server.client.say('cat', group('other'), 'does not concern ben');
    const reads = opened.log.statements.filter((sql) => sql.includes('delisted_version AS delistedVersion'));
    expect(opened.log.statements).not.toEqual([]);
    expect(reads).toEqual([]);
  });

  test('WK-17: together with page it is refused', async () => {
    await using server = await startServer({ kind: memoryKind });
    const reply = await server.client.sync({ uid: 'ben', page: 2, wait: 1 });
    expect(reply.outcome).toBe('400 INVALID_ARGUMENT wait');
  });

  test.each([-1, 61, 1.5, '5', true, []])('WK-17: %j seconds are refused', async (wait) => {
    await using server = await startServer({ kind: memoryKind });
    expect((await server.client.sync({ uid: 'ben', wait })).outcome).toBe('400 INVALID_ARGUMENT wait');
  });

  test.each([0, null])('WK-17: %j does not wait', async (wait) => {
    await using server = await startServer({ kind: memoryKind });
    expect((await server.client.sync({ uid: 'ben', wait })).text).toBe('[]');
  });
});
