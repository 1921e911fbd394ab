import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.js';
import { startServer } from '../../support/server.js';
import { storeKinds, quickSqlKind } from '../../support/stores.js';
import { CLIENT_KINDS, freshList } from '../../support/sync-clients.js';
import { group, only, person, textOf } from '../../support/wukong-client.js';

/**
 * What the servers that do this job today get wrong. C9 and C10 kill the server and are in
 * test/e2e/demonstrations.test.ts.
 */
describe.each(storeKinds)('on the store in $name', (kind) => {
  test('SY-1 (C1): two messages within one second in two chats have two versions', async () => {
    await using server = await startServer({ kind, clock: new FakeClock() });
    const { client } = server;
    await client.say('alice', person('bob'), 'one');
    await client.say('carol', person('bob'), 'two');
    const { versions } = await client.sync({ uid: 'bob' });
    expect(new Set(versions).size).toBe(2);
    const [newer = 0n, older = 0n] = versions;
    expect(newer).toBeGreaterThan(older);
    expect(only(await client.list('bob', { version: older })).channel_id).toBe('carol');
  });

  test('WK-36 (C2): cleared on one device, the chat comes to the other with unread 0', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.say('alice', person('bob'), 'hello');
    const deviceB = only(await client.list('bob'));
    expect(deviceB.unread).toBe(1);
    await client.change('clearUnread', 'bob', person('alice'));
    const increment = only(await client.list('bob', { version: deviceB.version }));
    expect([increment.channel_id, increment.unread]).toEqual(['alice', 0]);
  });

  test('WK-7 (C3): only_unread with msg_count 0 gives the badge, and not an empty list', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    for (const from of ['alice', 'alice', 'carol', 'dave']) await client.say(from, person('bob'), 'hello');
    await client.change('clearUnread', 'bob', person('dave'));
    const unread = await client.list('bob', { only_unread: 1, msg_count: 0 });
    expect(unread.map((conv) => [conv.channel_id, conv.unread])).toEqual([
      ['carol', 1],
      ['alice', 2],
    ]);
  });

  test('WK-5 (C4): the channel ns:room:1 in last_msg_seqs is honoured, and a malformed entry is no silence', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('ns:room:1'), ['alice', 'bob']);
    await client.say('alice', group('ns:room:1'), 'hello');
    expect(await client.list('bob', { last_msg_seqs: 'ns:room:1:2:1' })).toEqual([]);
    expect(await client.list('bob', { last_msg_seqs: 'ns:room:1:2:0' })).toHaveLength(1);
    const malformed = await client.sync({ uid: 'bob', last_msg_seqs: 'ns:room:1:2:1|room' });
    expect(malformed.outcome).toBe('400 INVALID_ARGUMENT last_msg_seqs[1]');
  });

  test('WK-35 (C5): a chat that is deleted with one unread is not listed with only_unread', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.say('alice', person('bob'), 'hello');
    await client.change('delete', 'bob', person('alice'));
    expect(await client.list('bob', { only_unread: 1, msg_count: 1 })).toEqual([]);
    expect(await client.list('bob', { msg_count: 1 })).toEqual([]);
  });

  test('WK-34 (C6): unread 1 on an empty chat, then a message: unread is right, and clearing works', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    await client.makeGroup(group('empty'), ['alice', 'bob']);
    for (const [channel, from] of [
      [group('empty'), 'alice'],
      [person('alice'), 'alice'],
    ] as const) {
      await client.change('setUnread', 'bob', { ...channel, unread: 1 });
      expect((await client.find('bob', channel)).unread).toBe(1);
      await client.say(from, channel.channel_type === 1 ? person('bob') : channel, 'hello');
      expect((await client.find('bob', channel)).unread).toBe(2);
      await client.change('setUnread', 'bob', { ...channel, unread: 1 });
      expect((await client.find('bob', channel)).unread).toBe(1);
      await client.change('clearUnread', 'bob', channel);
      expect((await client.find('bob', channel)).unread).toBe(0);
      await client.say(from, channel.channel_type === 1 ? person('bob') : channel, 'again');
      expect((await client.find('bob', channel)).unread).toBe(1);
    }
  });

  test('WK-33 (C7): clear with message_seq 5 while 6 arrives leaves unread 1', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    for (let seq = 1; seq <= 5; seq += 1) await client.say('alice', person('bob'), `${seq}`);
    const seen = only(await client.list('bob', { msg_count: 1 })).last_msg_seq;
    await client.say('alice', person('bob'), '6');
    await client.change('clearUnread', 'bob', { ...person('alice'), message_seq: seen });
    const row = only(await client.list('bob', { msg_count: 1 }));
    expect([row.unread, row.readed_to_msg_seq, row.messages.map(textOf)]).toEqual([1, 5, ['6']]);
  });

  test('ST-5 (C8): plumless and buckeroo, whose CRC-32 are equal, have one chat', async () => {
    await using server = await startServer({ kind });
    const { client } = server;
    for (const [index, [from, to]] of [
      ['plumless', 'buckeroo'] as const,
      ['buckeroo', 'plumless'] as const,
      ['plumless', 'buckeroo'] as const,
    ].entries()) {
      expect((await client.say(from, person(to), `${index}`)).message_seq).toBe(index + 1);
    }
    for (const [uid, peer] of [
      ['plumless', 'buckeroo'],
      ['buckeroo', 'plumless'],
    ] as const) {
      const row = only(await client.list(uid, { msg_count: 5 }));
      expect([row.channel_id, row.messages.map(textOf)]).toEqual([peer, ['2', '1', '0']]);
    }
  });
});

test('WK-14 (C12): of 1200 chats, the oldest gets a message: it is first, and nothing is cut', async () => {
  await using server = await startServer({ kind: quickSqlKind });
  const { client } = server;
  const uids = Array.from({ length: 1200 }, (_, index) => `user${index}`);
  for (let start = 0; start < uids.length; start += 100) {
    await Promise.all(uids.slice(start, start + 100).map((uid) => client.say(uid, person('bob'), 'hello')));
  }
  const before = await client.list('bob');
  const oldest = before.at(-1)?.channel_id ?? '';
  await client.say(oldest, person('bob'), 'again');

  const after = await client.list('bob', { msg_count: 1 });

  expect(after).toHaveLength(1200);
  expect(after.map(({ channel_id: id }) => id)).toEqual([
    oldest,
    ...before.slice(0, -1).map(({ channel_id: id }) => id),
  ]);
  expect(after[0]).toMatchObject({ unread: 2, last_msg_seq: 2 });
});

describe.each(CLIENT_KINDS)('a client that computes versions as $kind', ({ kind: name, Client }) => {
  test('SY-10: polling as the specification shows, it loses no change and hears of none twice', async () => {
    const clock = new FakeClock(1_763_756_460_123);
    await using server = await startServer({ clock });
    const { client } = server;
    await client.makeGroup(group('g'), ['alice', 'bob']);
    const poller = new Client(client, { uid: 'bob' });
    await poller.sync();
    // Changes within one millisecond: their versions are 1024 apart, which JavaScript does not print apart.
    for (let index = 0; index < 60; index += 1) {
      if (index % 3 === 0) await client.say('alice', group('g'), `${index}`);
      else if (index % 3 === 1) await client.change('clearUnread', 'bob', group('g'));
      else await client.say(`user${index % 5}`, person('bob'), `${index}`);
      expect([name, index, await poller.sync(), await poller.sync()]).toEqual([name, index, 1, 0]);
      if (index % 20 === 0) clock.move(1);
    }
    expect(poller.list()).toEqual(await freshList(client, 'bob'));
  });
});
