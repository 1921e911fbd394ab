import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.js';
import { startServer } from '../../support/server.js';
import { storeKinds } from '../../support/stores.js';
import {
  group,
  only,
  person,
  type Body,
  type Reply,
  type WireConversation,
  type WukongClient,
} from '../../support/wukong-client.js';

function headersOf(reply: Reply): [string | null, string | null] {
  return [reply.header('x-sync-has-more'), reply.header('x-sync-reset')];
}

async function deletedIn(client: WukongClient, body: Body): Promise<[string, number][]> {
  const rows = await client.list('bob', { include_deleted: 1, ...body });
  return rows.filter((row) => row.is_deleted === 1).map((row) => [row.channel_id, row.channel_type]);
}

describe.each(storeKinds)('on the store in $name', (kind) => {
  test('WK-12: X-Sync-Version is the position up to which the reply is complete, also when nothing is new', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ kind, clock });
    const { client } = server;
    await client.say('alice', person('bob'), '1');
    await client.say('alice', person('carol'), 'not for bob');
    const all = await client.sync({ uid: 'carol' });
    const position = all.header('x-sync-version');
    expect(position).toBe(String(all.versions[0]));

    for (const body of [{}, { version: position }, { only_unread: 1 }, { limit: 5 }, { page: 1 }]) {
      const reply = await client.sync({ uid: 'bob', ...body });
      expect([reply.header('x-sync-version'), ...headersOf(reply)]).toEqual([position, null, null]);
    }
    // A client may go on from it: nothing is lost and nothing comes twice.
    await client.say('alice', person('bob'), '2');
    expect(only(await client.list('bob', { version: position })).last_msg_seq).toBe(2);
  });

  test('WK-12: under limit, X-Sync-Version is the last version of the portion while more remain', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    for (const from of ['a', 'b', 'c']) await client.say(from, person('bob'), '1');
    const portion = await client.sync({ uid: 'bob', limit: 2 });
    expect(portion.header('x-sync-version')).toBe(String(portion.versions[1]));
    expect(headersOf(portion)).toEqual(['1', null]);
    const rest = await client.sync({ uid: 'bob', limit: 2, version: portion.header('x-sync-version') });
    expect([rest.versions.length, ...headersOf(rest)]).toEqual([1, null, null]);
  });

  test('WK-12: errors carry none of the headers', async () => {
    await using server = await startServer({ kind });
    const reply = await server.client.sync({ uid: 'bob', version: -1 });
    expect([...reply.headers.keys()].filter((name) => name.startsWith('x-sync'))).toEqual([]);
  });

  test('WK-11: a conversation that left the list since the cursor comes as deleted, in each way of leaving', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    for (const id of ['removed', 'channel-deleted', 'reset', 'stays']) {
      await client.makeGroup(group(id), ['alice', 'bob']);
      await client.say('alice', group(id), '1');
    }
    await client.say('alice', person('bob'), '1');
    await client.change('setUnread', 'bob', { ...person('unmarked'), unread: 1 });
    const { header, versions } = await client.sync({ uid: 'bob' }).then((reply) => ({
      header: reply.header('x-sync-version'),
      versions: reply.versions,
    }));
    expect(versions).toHaveLength(6);

    (await client.post('/channel/subscriber_remove', { ...group('removed'), subscribers: ['bob'] })).ok();
    (await client.post('/channel/delete', group('channel-deleted'))).ok();
    (await client.post('/channel', { ...group('reset'), reset: 1, subscribers: ['alice'] })).ok();
    await client.change('delete', 'bob', person('alice'));
    await client.change('clearUnread', 'bob', person('unmarked'));

    const gone = [
      ['unmarked', 1],
      ['alice', 1],
      ['reset', 2],
      ['channel-deleted', 2],
      ['removed', 2],
    ];
    expect(await deletedIn(client, { version: header })).toEqual(gone);
    expect(await deletedIn(client, { version: header, limit: 10 })).toEqual(gone.toReversed());
    expect(await client.list('bob', { version: header })).toEqual([]);
    expect(await deletedIn(client, {})).toEqual([]);
  });

  test('WK-11: a row that stands for a deletion has a version after the cursor, and otherwise nothing', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('g'), ['alice', 'bob']);
    await client.say('alice', group('g'), '1');
    const [before = 0n] = (await client.sync({ uid: 'bob' })).versions;
    (await client.post('/channel/subscriber_remove', { ...group('g'), subscribers: ['bob'] })).ok();

    const reply = await client.sync({ uid: 'bob', version: before, include_deleted: true, msg_count: 5 });

    expect(only(reply.ok<WireConversation[]>())).toEqual({
      channel_id: 'g',
      channel_type: 2,
      is_deleted: 1,
      unread: 0,
      timestamp: expect.any(Number),
      last_msg_seq: 0,
      last_client_msg_no: '',
      offset_msg_seq: 0,
      readed_to_msg_seq: 0,
      limited: 0,
      version: expect.any(Number),
      messages: [],
    });
    const [after = 0n] = reply.versions;
    expect(after).toBeGreaterThan(before);
    expect(reply.header('x-sync-version')).toBe(String(after));
    expect(await deletedIn(client, { version: after })).toEqual([]);
  });

  test('WK-11: every one that is named and not on the list comes as deleted, whether it ever was or not', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('left'), ['alice', 'bob']);
    await client.say('alice', group('left'), '1');
    (await client.post('/channel/subscriber_remove', { ...group('left'), subscribers: ['bob'] })).ok();
    await client.makeGroup(group('of-others'), ['alice']);
    await client.say('alice', group('of-others'), '1');
    await client.makeGroup(group('silent'), ['bob']);
    await client.say('alice', person('bob'), '1');

    const names = 'left:2:1|of-others:2:1|silent:2:1|never:2:1|never:1:1|alice:1:1';
    const rows = await deletedIn(client, { last_msg_seqs: names });
    expect(rows.map(([id, type]) => `${id} ${type}`).toSorted()).toEqual([
      'left 2',
      'never 1',
      'never 2',
      'of-others 2',
      'silent 2',
    ]);
    expect(await deletedIn(client, { last_msg_seqs: names, exclude_channel_types: [2] })).toEqual([
      ['never', 1],
    ]);
    expect(await deletedIn(client, { last_msg_seqs: names, include_deleted: 0 })).toEqual([]);
  });

  test('WK-11: who joins again gets the conversation back, and no deletion', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('g'), ['alice', 'bob']);
    await client.say('alice', group('g'), '1');
    const version = (await client.sync({ uid: 'bob' })).header('x-sync-version');
    for (const action of ['subscriber_remove', 'subscriber_add']) {
      (await client.post(`/channel/${action}`, { ...group('g'), subscribers: ['bob'] })).ok();
    }
    const row = only(await client.list('bob', { version, include_deleted: 1 }));
    expect([row.channel_id, row.is_deleted, row.unread]).toEqual(['g', undefined, 0]);
  });
});
