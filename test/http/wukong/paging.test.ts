import { describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../support/server.js';
import { storeKinds } from '../../support/stores.js';
import { CLIENT_KINDS, freshList } from '../../support/sync-clients.js';
import { group, person, type Body, type WireConversation } from '../../support/wukong-client.js';

async function fill({ client }: TestServer, count: number): Promise<void> {
  for (let index = 1; index <= count; index += 1) await client.say(`user${index}`, person('bob'), '1');
}

function idsOf(rows: readonly WireConversation[]): string[] {
  return rows.map(({ channel_id: id }) => id);
}

describe.each(storeKinds)('on the store in $name', (kind) => {
  test('WK-9, WK-14: pages of page_size, newest first, and past the end nothing', async () => {
    await using server = await startServer({ kind });
    await fill(server, 12);
    const all = await server.client.list('bob', { msg_count: 1 });
    expect(idsOf(all)).toEqual(Array.from({ length: 12 }, (_, index) => `user${12 - index}`));

    for (const size of [1, 5, 6, 12, 13, 500]) {
      const pages: WireConversation[] = [];
      for (let page = 1; page <= Math.ceil(12 / size); page += 1) {
        const rows = await server.client.list('bob', { msg_count: 1, page, page_size: size });
        expect(rows).toHaveLength(Math.min(size, 12 - pages.length));
        pages.push(...rows);
      }
      expect(pages).toEqual(all);
      for (const page of [Math.ceil(12 / size) + 1, 1_000_000]) {
        const past = await server.client.sync({ uid: 'bob', page, page_size: size });
        expect([past.status, past.text, past.header('x-sync-has-more')]).toEqual([200, '[]', null]);
      }
    }
  });

  test('WK-9, WK-12: while more pages remain, X-Sync-Has-More is 1', async () => {
    await using server = await startServer({ kind });
    await fill(server, 12);
    const hasMore = async (page: number): Promise<string | null> =>
      (await server.client.sync({ uid: 'bob', page, page_size: 5 })).header('x-sync-has-more');
    expect(await Promise.all([1, 2, 3, 4].map(hasMore))).toEqual(['1', '1', null, null]);
  });

  test('WK-9: the first page begins at 1, its size is 100, and 0 and null turn paging off', async () => {
    await using server = await startServer({ kind });
    await fill(server, 103);
    const countOf = async (body: Body): Promise<number> => (await server.client.list('bob', body)).length;
    for (const size of [undefined, null, 0, 100]) {
      expect(await countOf({ page: 1, page_size: size })).toBe(100);
      expect(await countOf({ page: 2, page_size: size })).toBe(3);
    }
    for (const page of [undefined, null, 0]) expect(await countOf({ page, page_size: 5 })).toBe(103);
  });

  test('WK-9, SY-18: what changes between two pages is on one of them, or in the increment after them', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await fill(server, 9);
    const seen = new Set<string>();
    let version = 0;
    const look = async (body: Body): Promise<void> => {
      const rows = await client.list('bob', body);
      for (const id of idsOf(rows)) seen.add(id);
      version = Math.max(version, ...rows.map((row) => row.version));
    };
    for (let page = 1; page <= 3; page += 1) {
      await look({ page, page_size: 3 });
      // One that is still to come moves to the front, and one of those that came leaves the list.
      await client.say(`user${page}`, person('bob'), '2');
      await client.change('delete', 'bob', person(`user${10 - page}`));
    }
    expect(seen).not.toContain('user1');
    await look({ version });
    expect([...seen].toSorted()).toEqual(Array.from({ length: 9 }, (_, index) => `user${index + 1}`));
  });

  test('WK-9: paging together with limit is refused', async () => {
    await using server = await startServer({ kind });
    const reply = await server.client.sync({ uid: 'bob', page: 1, limit: 1 });
    expect(reply.outcome).toBe('400 INVALID_ARGUMENT limit');
    for (const body of [
      { page: 0, limit: 1 },
      { page: null, limit: 1 },
      { page: 1, limit: null },
    ]) {
      expect((await server.client.sync({ uid: 'bob', ...body })).status).toBe(200);
    }
  });

  test('WK-10, WK-14: limit brings the lowest versions first, and says whether more remain', async () => {
    await using server = await startServer({ kind });
    await fill(server, 7);
    const all = await server.client.list('bob', { msg_count: 1 });
    for (const limit of [1, 3, 6, 7, 8, 1000]) {
      const reply = await server.client.sync({ uid: 'bob', msg_count: 1, limit });
      expect(reply.ok()).toEqual(all.toReversed().slice(0, limit));
      expect([limit, reply.header('x-sync-has-more')]).toEqual([limit, limit < 7 ? '1' : null]);
    }
  });

  describe.each(CLIENT_KINDS)('a client that computes versions as $kind', ({ Client }) => {
    test('WK-10, SY-13: going on from the highest version it got, it misses nothing, for every limit', async () => {
      await using server = await startServer({ kind });
      const { client } = server;
      await client.makeGroup(group('g'), ['alice', 'bob']);
      await client.say('alice', group('g'), '1');
      await fill(server, 9);
      await client.change('delete', 'bob', person('user3'));
      const replicas = Array.from(
        { length: 7 },
        (_, index) => new Client(client, { uid: 'bob', limit: index + 1 }),
      );
      for (const replica of replicas) await replica.catchUp();
      for (const replica of replicas) expect(replica.list()).toEqual(await freshList(client, 'bob'));

      for (let round = 1; round <= 4; round += 1) {
        await client.say('alice', group('g'), `round ${round}`);
        await client.say(`user${round}`, person('bob'), `round ${round}`);
        await client.change('clearUnread', 'bob', person(`user${round + 1}`));
        await client.change('delete', 'bob', person(`user${round + 2}`));
        // Portions with writes in between.
        for (const replica of replicas) await replica.sync();
      }
      for (const replica of replicas) {
        await replica.catchUp();
        expect(replica.list()).toEqual(await freshList(client, 'bob'));
      }
    });
  });
});
