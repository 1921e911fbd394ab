import { describe, expect, test } from 'vitest';
import { createRandom, randomFrom, type Random } from '../support/random.js';
import { startServer } from '../support/server.js';
import { filedServerKind } from '../support/stores.js';
import { CLIENT_KINDS, freshList } from '../support/sync-clients.js';
import {
  group,
  only,
  person,
  textOf,
  type ChannelName,
  type Reply,
  type WireConversation,
  type WukongClient,
} from '../support/wukong-client.js';

const WRITERS = 16;
const G = group('g');

function times<Result>(count: number, run: (index: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => run(index)));
}

async function seqsOf(client: WukongClient, uid: string, channel: ChannelName): Promise<number[]> {
  const { messages, more } = await client.messages(uid, channel, { limit: 1000 });
  expect(more).toBe(0);
  return messages.map(({ message_seq: seq }) => seq);
}

function countTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describe('SY-6: while 16 writers write', () => {
  const GROUPS = ['g0', 'g1', 'g2', 'g3'];

  /** One of everything that gives bob something to sync. */
  async function write(client: WukongClient, random: Random, writer: number): Promise<void> {
    const from = `writer${writer}`;
    const channel = group(random.pick(GROUPS));
    switch (random.below(8)) {
      case 0:
        return client.change('clearUnread', 'bob', channel);
      case 1:
        return client.change('setUnread', 'bob', { ...channel, unread: random.below(4) });
      case 2:
        return client.change('delete', 'bob', channel);
      case 3:
        await client.say(from, person('bob'), 'in person');
        return;
      case 4: {
        const action = random.pick(['subscriber_add', 'subscriber_remove']);
        (await client.post(`/channel/${action}`, { ...group('revolving'), subscribers: ['bob'] })).ok();
        return;
      }
      default:
        await client.say(from, random.pick([channel, channel, group('revolving')]), 'to the group');
    }
  }

  test.each(CLIENT_KINDS)(
    'SY-6, SY-10: a $kind client that follows its cursor ends with what a fresh sync gives',
    async ({ kind: name, Client }) => {
      const random = createRandom(`following as ${name}`);
      await using server = await startServer({ kind: filedServerKind });
      const { client } = server;
      for (const id of [...GROUPS, 'revolving']) await client.makeGroup(group(id), ['bob']);
      const pollers = [undefined, 1, 3].map(
        (limit) => new Client(client, { uid: 'bob', ...(limit && { limit }) }),
      );
      const run = { isOver: false };
      const polls = pollers.map(async (poller) => {
        let count = 0;
        for (; !run.isOver; count += 1) await poller.sync();
        return count;
      });

      await times(WRITERS, async (writer) => {
        const own = randomFrom(random.seed + writer);
        for (let index = 0; index < 25; index += 1) await write(client, own, writer);
      });
      run.isOver = true;
      expect(Math.min(...(await Promise.all(polls)))).toBeGreaterThan(10);

      const fresh = await freshList(client, 'bob');
      for (const poller of pollers) {
        await poller.catchUp();
        expect(poller.list()).toEqual(fresh);
      }
    },
  );

  test('SY-6, WK-13: every message comes to a client that follows its cursor, unless it is told of a gap', async () => {
    await using server = await startServer({ kind: filedServerKind });
    const { client } = server;
    for (const id of GROUPS) await client.makeGroup(group(id), ['bob']);
    const received = new Map<string, Set<number>>(GROUPS.map((id) => [id, new Set()]));
    let version = 0n;
    const poll = async (): Promise<void> => {
      const reply = await client.sync({ uid: 'bob', version, msg_count: 50 });
      for (const [index, row] of reply.ok<WireConversation[]>().entries()) {
        const own = reply.versions[index] ?? 0n;
        expect(own).toBeGreaterThan(version);
        expect(row.limited).toBe(0);
        for (const { message_seq: seq } of row.messages) received.get(row.channel_id)?.add(seq);
      }
      version = BigInt(reply.header('x-sync-version') ?? 0);
    };
    const run = { isOver: false };
    const polling = (async () => {
      while (!run.isOver) await poll();
    })();

    await times(WRITERS, async (writer) => {
      for (let index = 0; index < 12; index += 1) {
        await client.say(
          `writer${writer}`,
          group(GROUPS[(writer + index) % GROUPS.length] ?? ''),
          `${index}`,
        );
      }
    });
    run.isOver = true;
    await polling;
    await poll();

    for (const [id, seqs] of received) {
      expect([...seqs].toSorted((one, other) => one - other)).toEqual(
        countTo((WRITERS * 12) / GROUPS.length),
      );
      expect(await seqsOf(client, 'bob', group(id))).toHaveLength(seqs.size);
    }
  });
});

test('WK-21: one client_msg_no sent 20 times at once is one message and one answer', async () => {
  await using server = await startServer({ kind: filedServerKind });
  const { client } = server;
  await client.makeGroup(G, ['alice', 'bob']);
  for (let round = 1; round <= 10; round += 1) {
    const channel = round % 2 === 0 ? G : person('bob');
    const replies = await times(20, () =>
      client.send('alice', channel, { text: `round ${round}`, client_msg_no: `no-${round}` }),
    );
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(replies[0]?.ok()).toMatchObject({
      message_seq: Math.ceil(round / 2),
      client_msg_no: `no-${round}`,
    });
  }
  expect(await seqsOf(client, 'bob', G)).toEqual(countTo(5));
  expect(await seqsOf(client, 'bob', person('alice'))).toEqual(countTo(5));
});

test('WK-21, ST-4: of two payloads under one client_msg_no, one is stored and the other is a conflict', async () => {
  await using server = await startServer({ kind: filedServerKind });
  const { client } = server;
  const replies = await times(20, (index) =>
    client.send('alice', person('bob'), { text: `payload ${index % 2}`, client_msg_no: 'no-1' }),
  );
  const stored = textOf((await client.messages('bob', person('alice'))).messages[0] ?? { payload: '' });
  const winners = replies.filter((_, index) => `payload ${index % 2}` === stored);
  const losers = replies.filter((reply) => !winners.includes(reply));
  expect(new Set(winners.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(winners[0]?.status).toBe(200);
  expect(losers.map(({ outcome }) => outcome)).toEqual(losers.map(() => '409 CONFLICT client_msg_no'));
  expect(await seqsOf(client, 'bob', person('alice'))).toEqual([1]);
});

test('WK-33: clearing races with sending: what was not seen stays unread', async () => {
  await using server = await startServer({ kind: filedServerKind });
  const { client } = server;
  let cleared = 0;
  const run = { isOver: false };
  const reading = (async () => {
    while (!run.isOver) {
      const [row] = await client.list('bob');
      if (!row) continue;
      await client.change('clearUnread', 'bob', { ...person('alice'), message_seq: row.last_msg_seq });
      cleared = Math.max(cleared, row.last_msg_seq);
      const now = only(await client.list('bob'));
      expect(now.readed_to_msg_seq).toBe(cleared);
      expect(now.unread).toBe(now.last_msg_seq - cleared);
    }
  })();
  await times(WRITERS, async () => {
    for (let index = 0; index < 12; index += 1) await client.say('alice', person('bob'), `${index}`);
  });
  run.isOver = true;
  await reading;
  expect(cleared).toBeGreaterThan(1);
  const row = only(await client.list('bob'));
  expect([row.last_msg_seq, row.unread]).toEqual([WRITERS * 12, WRITERS * 12 - cleared]);
});

test('WK-35: deleting races with sending: exactly the messages after the last deletion are there', async () => {
  await using server = await startServer({ kind: filedServerKind });
  const { client } = server;
  await client.makeGroup(G, ['alice', 'bob']);
  await times(WRITERS, async (writer) => {
    for (let index = 0; index < 10; index += 1) {
      if (writer % 8 === 0) await client.change('delete', 'bob', G);
      else await client.say('alice', G, `${index}`);
    }
  });
  await client.say('alice', G, 'last');
  const row = await client.find('bob', G, { msg_count: 50 });
  const seqs = await seqsOf(client, 'bob', G);
  expect(row.unread).toBe(seqs.length);
  expect(seqs).toEqual(countTo(row.last_msg_seq).slice(-seqs.length));
  expect(row.last_msg_seq).toBe(14 * 10 + 1);
});

test('WK-28: 20 joins at once make one channel with all of them, each with what came after his join', async () => {
  await using server = await startServer({ kind: filedServerKind });
  const { client } = server;
  const uids = countTo(20).map((index) => `user${index}`);
  await Promise.all([
    ...uids.map(async (uid, index) => {
      const subscribers = [uid, uids[(index + 1) % uids.length], 'everyone'];
      (await client.post('/channel/subscriber_add', { ...G, subscribers })).ok();
    }),
    ...uids.map((_, index) => client.say('', G, `early ${index}`)),
  ]);
  const before = await Promise.all(uids.map((uid) => client.find(uid, G)));
  for (const row of before) {
    expect(row.last_msg_seq).toBe(20);
    expect(row.unread).toBe(20 - row.readed_to_msg_seq);
  }
  await client.say('user1', G, 'to all');
  const after = await Promise.all(uids.map((uid) => client.find(uid, G)));
  expect(after.map((row) => row.last_msg_seq)).toEqual(uids.map(() => 21));
  expect(after.slice(1).map((row) => row.unread)).toEqual(before.slice(1).map((row) => row.unread + 1));
  expect(after[0]?.unread).toBe(0);
  expect(await seqsOf(client, 'everyone', G)).toEqual(countTo(21));
});

test('WK-25, WK-29: joins and removals of one user at once leave him in or out, on every answer alike', async () => {
  await using server = await startServer({ kind: filedServerKind });
  const { client } = server;
  await client.makeGroup(G, ['alice']);
  await client.say('alice', G, '1');
  for (let round = 0; round < 5; round += 1) {
    await times(20, async (index) => {
      const action = index % 2 === 0 ? 'subscriber_add' : 'subscriber_remove';
      (await client.post(`/channel/${action}`, { ...G, subscribers: ['bob'] })).ok();
    });
    const listed = (await client.list('bob')).length;
    const read: Reply = await client.post('/channel/messagesync', { login_uid: 'bob', ...G });
    const sent = await server.as('bob').send('bob', G, { text: 'hello', client_msg_no: `no-${round}` });
    expect([read.status, sent.status]).toEqual(listed === 1 ? [200, 200] : [403, 403]);
  }
});

test('ST-5 (C8): plumless and buckeroo, writing to each other at once, have one channel without holes', async () => {
  await using server = await startServer({ kind: filedServerKind });
  const { client } = server;
  const sent = await times(100, (index) =>
    index % 2 === 0
      ? client.say('plumless', person('buckeroo'), `${index}`)
      : client.say('buckeroo', person('plumless'), `${index}`),
  );
  expect(sent.map(({ message_seq: seq }) => seq).toSorted((one, other) => one - other)).toEqual(countTo(100));
  const inOrder = sent.toSorted((one, other) => one.message_seq - other.message_seq);
  const ids = inOrder.map(({ message_id: id }) => id);
  expect(ids).toEqual([...new Set(ids)].toSorted((one, other) => one - other));
  for (const [uid, peer] of [
    ['plumless', 'buckeroo'],
    ['buckeroo', 'plumless'],
  ] as const) {
    const row = only(await client.list(uid));
    expect([row.channel_id, row.last_msg_seq]).toEqual([peer, 100]);
    expect(await seqsOf(client, uid, person(peer))).toEqual(countTo(100));
  }
});

test('SY-1, SY-11: writes at once have versions of their own, and each comes to whom it concerns', async () => {
  await using server = await startServer({ kind: filedServerKind });
  const { client } = server;
  await times(60, (index) => client.say(`user${index}`, person('bob'), 'hello'));
  const { versions } = await client.sync({ uid: 'bob' });
  expect(new Set(versions).size).toBe(60);
  const position = (await client.sync({ uid: 'bob' })).header('x-sync-version');
  await times(60, (index) => client.change('clearUnread', 'bob', person(`user${index}`)));
  expect(await client.list('bob', { version: position, only_unread: 0 })).toHaveLength(60);
  expect(await client.list('user7', { version: position })).toEqual([]);
});
