import { expect, test } from 'vitest';
import { NO_VERSION, VERSION_STEP, type Version } from '../../src/domain/version.js';

import type { ReadConversation } from '../support/read-messages.js';
import { type Chat, group, pair } from '../support/chat.js';
import { describeEveryStore } from './store-contract.js';
import { a, b, c, d, makeThree } from './three-channels.js';

const team = group('team');
function seqsOf(rows: readonly ReadConversation[]): number[][] {
  return rows.map(({ messages }) => messages.map(({ seq }) => seq));
}

describeEveryStore('listConversations', (open) => {
  test('WK-4: without cursors all conversations come, as they are', async () => {
    await using world = await open();
    const { chat, clock } = world;
    const [afterA, , afterC] = await makeThree(chat);
    expect(await chat.names('ann')).toEqual(['c', 'b', 'a']);
    expect((await chat.rows('ann')).at(-1)).toEqual({
      channel: a,
      version: afterA,
      isDeleted: false,
      unread: 1,
      lastSeq: 1,
      readSeq: 0,
      lastMessageAtMs: clock.nowMs(),
      lastClientMsgNo: 'no-1',
      messages: [],
      limited: true,
    });
    expect(await chat.list('ann')).toMatchObject({ completeUpTo: afterC, hasMore: false, reset: false });
  });

  test('WK-4: listed are live memberships with a visible message or a manual mark', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(a, 'ann');
    expect(await chat.names('ann')).toEqual([]);
    await chat.setUnread('ann', a, 1);
    expect(await chat.names('ann')).toEqual(['a']);
    await chat.markRead('ann', a);
    expect(await chat.names('ann')).toEqual([]);
    await chat.send('bob', a);
    expect(await chat.names('ann')).toEqual(['a']);
    await chat.deleteConversation('ann', a);
    expect(await chat.names('ann')).toEqual([]);
    await chat.setUnread('ann', a, 2);
    expect(await chat.rows('ann')).toMatchObject([{ unread: 2, lastMessageAtMs: 0, lastClientMsgNo: '' }]);
    await chat.leave(a, 'ann');
    expect(await chat.names('ann')).toEqual([]);
    expect(await chat.names('nobody')).toEqual([]);
  });

  test('WK-4: with a version, those with a greater one, whatever changed', async () => {
    await using world = await open();
    const { chat } = world;
    const [afterA, afterB, afterC] = await makeThree(chat);
    expect(await chat.names('ann', { after: afterA })).toEqual(['c', 'b']);
    expect(await chat.names('ann', { after: (afterB - VERSION_STEP) as Version })).toEqual(['c', 'b']);
    expect(await chat.names('ann', { after: afterB })).toEqual(['c']);
    expect(await chat.names('ann', { after: afterC })).toEqual([]);
    await chat.markRead('ann', a);
    expect(await chat.rows('ann', { after: afterC })).toMatchObject([{ channel: a, unread: 0 }]);
    await chat.putChannel(b, { large: true });
    expect(await chat.names('ann', { after: afterC })).toEqual(['b', 'a']);
  });

  test('WK-4: with named seqs, those that are not named or whose last seq is another', async () => {
    await using world = await open();
    const { chat } = world;
    await makeThree(chat);
    const known = (...seqs: number[]) => ({
      known: [a, b, c].slice(0, seqs.length).map((channel, index) => ({ channel, seq: seqs[index] ?? 0 })),
    });
    expect(await chat.names('ann', known(1, 2, 3))).toEqual([]);
    expect(await chat.names('ann', known(1, 2))).toEqual(['c']);
    expect(await chat.names('ann', known(1, 1, 3))).toEqual(['b']);
    expect(await chat.names('ann', known(0, 9, 3))).toEqual(['b', 'a']);
    await chat.markRead('ann', c);
    expect(await chat.names('ann', known(1, 2, 3))).toEqual([]);
  });

  test('WK-4: with both, those with a greater version or with a named seq that is not the last', async () => {
    await using world = await open();
    const { chat } = world;
    const [, afterB, afterC] = await makeThree(chat);
    expect(await chat.names('ann', { after: afterC, known: [{ channel: a, seq: 1 }] })).toEqual([]);
    expect(await chat.names('ann', { after: afterC, known: [{ channel: a, seq: 0 }] })).toEqual(['a']);
    expect(await chat.names('ann', { after: afterB, known: [{ channel: c, seq: 3 }] })).toEqual(['c']);
    expect(await chat.names('ann', { after: afterB, known: [{ channel: a, seq: 7 }] })).toEqual(['c', 'a']);
    expect(await chat.names('ann', { after: afterB, known: [{ channel: d, seq: 7 }] })).toEqual(['c']);
  });

  test('WK-4: the type is part of the name', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', group('x', 2));
    await chat.send('ann', group('x', 3));
    const known = [{ channel: group('x', 3), seq: 1 }];
    expect((await chat.rows('ann', { known })).map(({ channel }) => channel.type)).toEqual([2]);
  });

  test('WK-6: the newest messages come with each conversation, newest first', async () => {
    await using world = await open();
    const { chat } = world;
    await makeThree(chat);
    expect(seqsOf(await chat.rows('ann', { messageCount: 0 }))).toEqual([[], [], []]);
    expect(seqsOf(await chat.rows('ann', { messageCount: 2 }))).toEqual([[3, 2], [2, 1], [1]]);
    expect(seqsOf(await chat.rows('ann', { messageCount: 50 }))).toEqual([[3, 2, 1], [2, 1], [1]]);
    const [row] = await chat.rows('ann', { messageCount: 1 });
    expect(row?.messages).toEqual((await chat.messages('ann', c, { limit: 1 })).messages);
  });

  test('WK-6: of a named channel only those above its seq come', async () => {
    await using world = await open();
    const { chat } = world;
    const [, , afterC] = await makeThree(chat);
    const known = [{ channel: c, seq: 1 }];
    expect(seqsOf(await chat.rows('ann', { known, messageCount: 50 }))).toEqual([[3, 2], [2, 1], [1]]);
    expect(seqsOf(await chat.rows('ann', { known, messageCount: 1 }))).toEqual([[3], [2], [1]]);
    expect(seqsOf(await chat.rows('ann', { known, after: afterC, messageCount: 50 }))).toEqual([[3, 2]]);
    await chat.markRead('ann', c);
    const read = { known: [{ channel: c, seq: 3 }], after: afterC, messageCount: 50 };
    expect(seqsOf(await chat.rows('ann', read))).toEqual([[]]);
  });

  test('WK-6: no messages below the delete floor come', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann');
    await chat.sendMany('bob', team, 3);
    await chat.deleteConversation('ann', team);
    await chat.sendMany('bob', team, 2);
    expect(seqsOf(await chat.rows('ann', { messageCount: 50 }))).toEqual([[5, 4]]);
    const known = [{ channel: team, seq: 1 }];
    expect(seqsOf(await chat.rows('ann', { known, messageCount: 50 }))).toEqual([[5, 4]]);
  });

  test('WK-7: conversations without unread messages are left out', async () => {
    await using world = await open();
    const { chat } = world;
    const [afterA] = await makeThree(chat);
    await chat.markRead('ann', b);
    await chat.markRead('ann', c, 1);
    await chat.setUnread('ann', d, 1).catch(() => undefined);
    expect(await chat.names('ann', { onlyUnread: true })).toEqual(['c', 'a']);
    expect(await chat.names('ann', { onlyUnread: true, after: afterA })).toEqual(['c']);
    await chat.setUnread('ann', b, 1);
    expect(await chat.names('ann', { onlyUnread: true })).toEqual(['b', 'c', 'a']);
  });

  test('WK-7: messages that do not count make nothing unread', async () => {
    await using world = await open();
    const { chat } = world;
    for (const channel of [a, b]) {
      await chat.join(channel, 'ann');
      await chat.send('bob', channel, { redDot: false });
    }
    await chat.send('bob', b);
    expect(await chat.names('ann', { onlyUnread: true })).toEqual(['b']);
  });

  test('WK-8: conversations of excluded types are left out, also those that left the list', async () => {
    await using world = await open();
    const { chat } = world;
    const start = await chat.position('ann');
    expect(start).toBe(0);
    await chat.send('ann', pair('ann', 'bob'));
    await chat.send('ann', group('g', 2));
    const after = await chat.position('ann');
    await chat.send('ann', group('h', 5));
    await chat.send('ann', group('i', 2));
    await chat.leave(group('i', 2), 'ann');
    await chat.leave(group('g', 2), 'ann');
    const types = async (...excludeTypes: number[]) =>
      (await chat.rows('ann', { excludeTypes, after, includeDeleted: true })).map((row) => row.channel.type);
    expect(await types()).toEqual([2, 2, 5]);
    expect(await types(2)).toEqual([5]);
    expect(await types(5, 7)).toEqual([2, 2]);
    expect(await types(1, 2, 5)).toEqual([]);
    expect(await chat.names('ann', { excludeTypes: [1] })).toEqual(['h']);
    const known = [{ channel: group('none', 5), seq: 1 }];
    expect(await chat.names('ann', { excludeTypes: [5], known, after, includeDeleted: true })).toHaveLength(
      2,
    );
  });

  test('WK-13: limited says that messages which the client lacks did not fit', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann');
    await chat.sendMany('bob', team, 3);
    const limited = async (options: Parameters<Chat['rows']>[1]) =>
      (await chat.rows('ann', options)).map((row) => row.limited);
    expect(await limited({ messageCount: 0 })).toEqual([true]);
    expect(await limited({ messageCount: 2 })).toEqual([true]);
    expect(await limited({ messageCount: 3 })).toEqual([false]);

    const after = await chat.position('ann');
    await chat.markRead('ann', team);
    expect(await limited({ after, messageCount: 0 })).toEqual([false]);
    await chat.sendMany('bob', team, 2);
    expect(await limited({ after, messageCount: 1 })).toEqual([true]);
    expect(await limited({ after, messageCount: 2 })).toEqual([false]);

    for (const [seq, messageCount, expected] of [
      [5, 0, false],
      [4, 0, true],
      [4, 1, false],
      [2, 2, true],
      [2, 3, false],
      [9, 4, true],
      [9, 5, false],
    ] as const) {
      const options = { after, messageCount, known: [{ channel: team, seq }] };
      expect([seq, messageCount, await limited(options)]).toEqual([seq, messageCount, [expected]]);
    }
  });

  test('WK-13: a named seq says more than the version', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann');
    await chat.sendMany('bob', team, 3);
    const after = await chat.position('ann');
    const known = [{ channel: team, seq: 1 }];
    expect(await chat.rows('ann', { after, known, messageCount: 1 })).toMatchObject([{ limited: true }]);
    expect(await chat.rows('ann', { after, known, messageCount: 2 })).toMatchObject([{ limited: false }]);
  });

  test('WK-13: who joins again lacks what was sent while he was away, though it is below his version', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann');
    await chat.sendMany('bob', team, 2);
    await chat.leave(team, 'ann');
    await chat.sendMany('bob', team, 3);
    await chat.send('bob', pair('ann', 'bob'));
    const after = await chat.position('ann');
    await chat.join(team, 'ann');
    expect(await chat.rows('ann', { after, messageCount: 3 })).toMatchObject([
      { messages: [{ seq: 5 }, { seq: 4 }, { seq: 3 }], limited: true },
    ]);
    expect(await chat.rows('ann', { after, messageCount: 5 })).toMatchObject([{ limited: false }]);
    const rejoined = await chat.position('ann');
    await chat.send('bob', team);
    expect(await chat.rows('ann', { after, messageCount: 1 })).toMatchObject([{ limited: true }]);
    expect(await chat.rows('ann', { after: rejoined, messageCount: 1 })).toMatchObject([{ limited: false }]);
  });

  test('WK-13, WK-10: under a limit the version says nothing of messages, only a named seq does', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann');
    await chat.join(a, 'ann');
    await chat.send('bob', team);
    await chat.send('bob', a);
    await chat.send('bob', team);
    const window = { kind: 'limit', limit: 1 } as const;
    const [first] = await chat.rows('ann', { window, messageCount: 1 });
    expect(first).toMatchObject({ channel: a, limited: false });
    // The first message of the team lies below this version, and has not been in any portion.
    const after = first?.version ?? NO_VERSION;
    expect(await chat.rows('ann', { after, window, messageCount: 1 })).toMatchObject([{ limited: true }]);
    expect(await chat.rows('ann', { after, window, messageCount: 2 })).toMatchObject([{ limited: false }]);
    const known = [{ channel: team, seq: 1 }];
    expect(await chat.rows('ann', { after, known, window, messageCount: 1 })).toMatchObject([
      { limited: false },
    ]);
  });

  test('WK-13: messages below the delete floor are not lacking', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann');
    await chat.sendMany('bob', team, 3);
    await chat.deleteConversation('ann', team);
    await chat.send('bob', team);
    expect(await chat.rows('ann', { messageCount: 1 })).toMatchObject([{ limited: false }]);
    const known = [{ channel: team, seq: 1 }];
    expect(await chat.rows('ann', { known, messageCount: 1 })).toMatchObject([{ limited: false }]);
    expect(await chat.rows('ann', { known, messageCount: 0 })).toMatchObject([{ limited: true }]);
  });

  test('WK-6: the newest message comes whole, however long it is', async () => {
    await using world = await open();
    const { chat } = world;
    for (const length of [1, 300, 350, 400, 500, 60_000, 2]) {
      await chat.send('ann', a, { text: 'x'.repeat(length) });
      for (const messageCount of [1, 2]) {
        const [row] = await chat.rows('ann', { messageCount });
        expect(row?.messages[0]?.payload).toHaveLength(length);
      }
    }
  });

  test('WK-14: the newest version comes first, whichever side it changed on', async () => {
    await using world = await open();
    const { chat } = world;
    await makeThree(chat);
    expect(await chat.names('ann')).toEqual(['c', 'b', 'a']);
    await chat.markRead('ann', a);
    expect(await chat.names('ann')).toEqual(['a', 'c', 'b']);
    await chat.send('bob', b);
    expect(await chat.names('ann')).toEqual(['b', 'a', 'c']);
    expect(await chat.names('ann', { window: { kind: 'limit', limit: 10 } })).toEqual(['c', 'a', 'b']);
    expect(await chat.names('ann', { window: { kind: 'page', page: 1, size: 10 } })).toEqual(['b', 'a', 'c']);
  });

  test('WK-16: a named seq beyond the last returns the conversation with its newest messages', async () => {
    await using world = await open();
    const { chat } = world;
    const [, , afterC] = await makeThree(chat);
    const known = [
      { channel: a, seq: 1 },
      { channel: b, seq: 2 },
      { channel: c, seq: 1000 },
    ];
    for (const after of [0 as Version, afterC]) {
      const rows = await chat.rows('ann', { after, known, messageCount: 2 });
      expect(rows.map(({ channel }) => channel)).toEqual([c]);
      expect(seqsOf(rows)).toEqual([[3, 2]]);
      expect(rows).toMatchObject([{ limited: true, lastSeq: 3 }]);
    }
  });
});
