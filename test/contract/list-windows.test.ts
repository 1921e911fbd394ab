import { expect, test } from 'vitest';
import type { Window } from '../../src/ports/store.js';
import { NO_VERSION, type Version } from '../../src/domain/version.js';
import type { ReadConversationPage } from '../support/read-messages.js';
import { type Chat, group } from '../support/chat.js';
import { describeEveryStore } from './store-contract.js';

const channels = Array.from({ length: 7 }, (_, index) => group(`g${index}`));
const names = channels.map(({ name }) => name);

/** Ann's conversations, g0 the oldest. */
async function makeSeven(chat: Chat): Promise<void> {
  for (const channel of channels) {
    await chat.join(channel, 'ann');
    await chat.send('bob', channel);
  }
}

const page = (number: number, size: number): Window => ({ kind: 'page', page: number, size });
const limit = (count: number): Window => ({ kind: 'limit', limit: count });

function namesOf({ conversations }: ReadConversationPage): string[] {
  return conversations.map(({ channel }) => channel.name);
}

describeEveryStore('windows on the list', (open) => {
  test('WK-9: pages follow each other from the newest down; past the end there is nothing', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    const pages = await Promise.all(
      [1, 2, 3, 4, 1000].map((each) => chat.list('ann', { window: page(each, 3) })),
    );
    expect(pages.map(namesOf)).toEqual([['g6', 'g5', 'g4'], ['g3', 'g2', 'g1'], ['g0'], [], []]);
    expect(pages.map(({ hasMore }) => hasMore)).toEqual([true, true, false, false, false]);
    expect(await chat.names('ann', { window: page(1, 500) })).toEqual(names.toReversed());
    expect(await chat.names('ann', { window: page(Number.MAX_SAFE_INTEGER, 500) })).toEqual([]);
  });

  test('WK-9: pages turn also over an increment, over named channels and over filters', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    const [, g1, g2, g3] = await chat.rows('ann', { window: limit(7) });
    if (!g1 || !g2 || !g3) throw new Error('no rows');
    for (const options of [
      { after: g2.version },
      { after: g3.version, known: [{ channel: g1.channel, seq: 0 }] },
      { known: [{ channel: g1.channel, seq: 1 }] },
      { onlyUnread: true },
    ]) {
      const all = await chat.names('ann', options);
      const turned: string[] = [];
      for (const number of [1, 2, 3, 4])
        turned.push(...(await chat.names('ann', { ...options, window: page(number, 2) })));
      expect(turned).toEqual(all);
    }
  });

  test('WK-9, WK-7: a page is filled up with conversations to show', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    for (const channel of channels.slice(3)) await chat.markRead('ann', channel);
    const options = { onlyUnread: true };
    expect(await chat.names('ann', { ...options, window: page(1, 2) })).toEqual(['g2', 'g1']);
  });

  test('WK-10: the lowest versions come first, and hasMore says whether more remain', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    for (const count of [1, 2, 3, 6, 7, 8, 1000]) {
      const answer = await chat.list('ann', { window: limit(count) });
      expect(namesOf(answer)).toEqual(names.slice(0, count));
      expect(answer.hasMore).toBe(count < 7);
    }
    expect(await chat.list('nobody', { window: limit(1) })).toMatchObject({ hasMore: false });
  });

  test('WK-10: a client that goes on from the highest version it got misses nothing', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    const got: string[] = [];
    let after = NO_VERSION;
    for (let hasMore = true; hasMore;) {
      expect(got.length).toBeLessThan(20);
      const answer = await chat.list('ann', { after, window: limit(2) });
      got.push(...namesOf(answer));
      after = Math.max(...answer.conversations.map(({ version }) => version)) as Version;
      // Changes after it was seen, so that it has to come again.
      if (got.length === 4) await chat.send('bob', group('g1'));
      hasMore = answer.hasMore;
    }
    expect(got).toEqual([...names, 'g1']);
  });

  test('WK-10: what is left out by a filter does not count', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    for (const channel of channels.slice(0, 4)) await chat.markRead('ann', channel);
    const answer = await chat.list('ann', { onlyUnread: true, window: limit(3) });
    expect(namesOf(answer)).toEqual(['g4', 'g5', 'g6']);
    expect(answer.hasMore).toBe(false);
  });

  test('WK-10, WK-11: deletions take their place among the versions', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    const after = await chat.position('ann');
    await chat.send('bob', group('g3'));
    await chat.leave(group('g2'), 'ann');
    await chat.send('bob', group('g4'));
    const options = { after, includeDeleted: true };
    expect(await chat.names('ann', { ...options, window: limit(2) })).toEqual(['g3', '-g2']);
    expect(await chat.names('ann', options)).toEqual(['g4', '-g2', 'g3']);
  });

  test('WK-12: a reply is complete up to the last version, or under a limit up to the last it holds', async () => {
    await using world = await open();
    const { chat } = world;
    expect(await chat.list('ann')).toMatchObject({ completeUpTo: NO_VERSION });
    await makeSeven(chat);
    await chat.send('bob', group('elsewhere'));
    const last = await chat.position('bob');
    const rows = await chat.rows('ann', { window: limit(7) });
    const completeUpTo = async (window: Window, after = NO_VERSION): Promise<number> =>
      (await chat.list('ann', { window, after })).completeUpTo;
    expect(await completeUpTo({ kind: 'all' })).toBe(last);
    expect(await completeUpTo(limit(7))).toBe(last);
    expect(await completeUpTo(limit(2))).toBe(rows[1]?.version);
    expect(await completeUpTo(limit(2), rows[2]?.version)).toBe(rows[4]?.version);
    expect(await completeUpTo(limit(2), last)).toBe(last);
  });

  test('WK-12: a page is complete only when it is the first and the last one', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    const last = await chat.position('ann');
    const [first] = await chat.rows('ann', { window: limit(1) });
    const after = first?.version ?? NO_VERSION;
    const completeUpTo = async (window: Window): Promise<number> =>
      (await chat.list('ann', { window, after })).completeUpTo;
    expect(await completeUpTo(page(1, 7))).toBe(last);
    expect(await completeUpTo(page(1, 3))).toBe(after);
    expect(await completeUpTo(page(2, 3))).toBe(after);
    expect(await completeUpTo(page(9, 3))).toBe(after);
  });

  test('SY-18: what changes between two pages comes again and pushes nothing off', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    expect(await chat.names('ann', { window: page(1, 3) })).toEqual(['g6', 'g5', 'g4']);
    await chat.send('bob', group('g1'));
    await chat.send('bob', group('g0'));
    expect(await chat.names('ann', { window: page(2, 3) })).toEqual(['g5', 'g4', 'g3']);
    expect(await chat.names('ann', { window: page(3, 3) })).toEqual(['g2']);
  });

  test('SY-18: what leaves the list between two pages keeps its place', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    expect(await chat.names('ann', { window: page(1, 3) })).toEqual(['g6', 'g5', 'g4']);
    await chat.leave(group('g5'), 'ann');
    await chat.deleteConversation('ann', group('g4'));
    await chat.deleteChannel(group('g6'));
    await chat.leave(group('g6'), 'ann');
    expect(await chat.names('ann', { window: page(2, 3) })).toEqual(['g3', 'g2', 'g1']);
    expect(await chat.names('ann', { window: page(3, 3) })).toEqual(['g0']);
  });

  test('SY-18: what is filtered out between two pages keeps its place', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    const options = { onlyUnread: true };
    expect(await chat.names('ann', { ...options, window: page(1, 3) })).toEqual(['g6', 'g5', 'g4']);
    await chat.markRead('ann', group('g5'));
    await chat.markRead('ann', group('g4'));
    expect(await chat.names('ann', { ...options, window: page(2, 3) })).toEqual(['g3', 'g2', 'g1']);
  });

  test('SY-18: who turns pages with deletions hears of what left the list after its page was turned', async () => {
    await using world = await open();
    const { chat } = world;
    await makeSeven(chat);
    const options = { includeDeleted: true };
    expect(await chat.names('ann', { ...options, window: page(1, 2) })).toEqual(['g6', 'g5']);
    await chat.leave(group('g6'), 'ann');
    for (const name of ['g0', 'g1', 'g2']) await chat.send('bob', group(name));
    // Whoever goes on from the highest version here is past the deletion, so it has to be told here.
    expect(await chat.names('ann', { ...options, window: page(2, 2) })).toEqual(['g0', '-g6']);
  });

  test('SY-18: a deletion that has the cursor for its version has its place among what has that version', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(group('hidden'), 'ann');
    const after = await chat.position('ann');
    await chat.join(group('named'), 'ann');
    const options = { after, known: [{ channel: group('named'), seq: 0 }], includeDeleted: true };
    expect(await chat.names('ann', { ...options, window: page(1, 1) })).toEqual(['-named']);
    expect(await chat.names('ann', { ...options, window: page(2, 1) })).toEqual([]);
  });
});
