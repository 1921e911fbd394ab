import { expect, test } from 'vitest';
import { BEYOND_ALL_VERSIONS, VERSION_STEP, versionAt, type Version } from '../../src/domain/version.js';
import { type Chat, group, pair } from '../support/chat.js';
import { describeEveryStore } from './store-contract.js';

const team = group('team');
const DAY_MS = 86_400_000;

/** One call of every kind, each of which changes something when it is made in this order. */
const changes: Readonly<Record<string, (chat: Chat) => Promise<unknown>>> = {
  putChannel: (chat) => chat.putChannel(team, { large: true }),
  addSubscribers: (chat) => chat.join(team, 'ann', 'bob'),
  sendMessage: (chat) => chat.send('ann', team, { clientMsgNo: 'one', text: 'x' }),
  'sendMessage to a person': (chat) =>
    chat.send('ann', pair('ann', 'bob'), { clientMsgNo: 'one', text: 'x' }),
  setUnread: (chat) => chat.setUnread('bob', team, 3),
  markRead: (chat) => chat.markRead('bob', team),
  deleteConversation: (chat) => chat.deleteConversation('bob', team),
  removeSubscribers: (chat) => chat.leave(team, 'bob'),
  deleteChannel: (chat) => chat.deleteChannel(team),
};

describeEveryStore('versions', (open) => {
  test('SY-1: every write that changes something takes the next version of its community', async () => {
    await using world = await open();
    const { chat, clock, createChat } = world;
    const other = await createChat();
    let last = await chat.position('ann');
    expect(last).toBe(0);
    for (const [name, change] of Object.entries(changes)) {
      clock.move(1);
      await change(chat);
      expect([name, await chat.position('ann')]).toEqual([name, versionAt(clock.nowMs())]);
      await change(other);
      expect(await chat.position('ann')).toBe(versionAt(clock.nowMs()));
    }
    last = await chat.position('ann');
    await chat.send('ann', team);
    expect(await chat.position('ann')).toBe(last + VERSION_STEP);
  });

  test('SY-1: versions rise when the clock is set back, and follow it when it catches up', async () => {
    await using world = await open();
    const { chat, clock } = world;
    await chat.send('ann', team);
    const first = await chat.position('ann');
    for (const step of [1, 2, 3]) {
      clock.move(-DAY_MS);
      await chat.send('ann', team);
      expect(await chat.position('ann')).toBe(first + step * VERSION_STEP);
    }
    clock.move(5 * DAY_MS);
    await chat.send('ann', team);
    expect(await chat.position('ann')).toBe(versionAt(clock.nowMs()));
  });

  test('SY-2: every version is a multiple of 1024 below 2^62, in rows as in pages', async () => {
    await using world = await open();
    const { chat, clock } = world;
    await chat.join(team, 'ann', 'bob');
    for (const ms of [0, 1, -5000, 77, 100_000_000_000]) {
      clock.move(ms);
      await chat.send('ann', team);
      await chat.send('ann', pair('ann', 'bob'));
      const { conversations, completeUpTo } = await chat.list('bob');
      for (const version of [completeUpTo, ...conversations.map((row) => row.version)]) {
        expect(version % VERSION_STEP).toBe(0);
        expect(version).toBeGreaterThan(0);
        expect(version).toBeLessThan(2 ** 62);
      }
      expect(completeUpTo).toBe(Math.max(...conversations.map((row) => row.version)));
    }
  });

  test('SY-2: a clock beyond the year 2116 stops writes, and reads go on', async () => {
    await using world = await open();
    const { chat, clock } = world;
    await chat.send('ann', team);
    const before = await chat.rows('ann');
    clock.set(2 ** 62 / 1e6 + 1);
    await expect(chat.send('ann', team)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await chat.rows('ann')).toEqual(before);
    clock.set(Date.UTC(2025, 11));
    expect(await chat.send('ann', team)).toMatchObject({ seq: 2 });
  });

  test('SY-6: while many write, no reader sees a change below a version that he has seen', async () => {
    await using world = await open();
    const { chat } = world;
    const channels = Array.from({ length: 8 }, (_, index) => group(`g${index}`));
    for (const channel of channels) await chat.join(channel, 'ann', 'bob');
    const progress = { isWriting: true };
    const writing = Promise.all(channels.map((channel) => chat.sendMany('ann', channel, 10)));
    void writing.finally(() => (progress.isWriting = false));
    let after = await chat.position('bob');
    const seen = new Map<string, number>();
    while (progress.isWriting) {
      const page = await chat.list('bob', { after });
      for (const { channel, version, lastSeq } of page.conversations) {
        expect(version).toBeGreaterThan(after);
        expect(version).toBeLessThanOrEqual(page.completeUpTo);
        seen.set(channel.name, lastSeq);
      }
      after = page.completeUpTo;
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const { channel, lastSeq } of await chat.rows('bob', { after })) seen.set(channel.name, lastSeq);
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(channels.map(({ name }) => [name, 10])));
  });

  test('SY-6: writes that arrive together take rising versions in the order of their arrival', async () => {
    await using world = await open();
    const { chat } = world;
    const names = Array.from({ length: 20 }, (_, index) => `g${index}`);
    await Promise.all(names.map((name) => chat.send('ann', group(name))));
    const rows = await chat.rows('ann');
    expect(rows.map(({ channel }) => channel.name)).toEqual(names.toReversed());
    expect(new Set(rows.map(({ version }) => version)).size).toBe(20);
  });

  test('SY-8: a cursor from the future is answered with a full snapshot, to replace what there is', async () => {
    await using world = await open();
    const { chat, clock } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.send('ann', team);
    await chat.send('ann', pair('ann', 'bob'));
    const snapshot = await chat.list('bob', { messageCount: 3 });
    const known = [{ channel: team, seq: 1 }];
    for (const after of [BEYOND_ALL_VERSIONS, versionAt(clock.nowMs() + DAY_MS)]) {
      const options = { after, messageCount: 3 };
      expect(await chat.list('bob', options)).toEqual({ ...snapshot, reset: true });
      expect(await chat.list('bob', { ...options, known })).toEqual({ ...snapshot, reset: true });
      expect(await chat.list('bob', { ...options, includeDeleted: true })).toEqual({
        ...snapshot,
        reset: true,
      });
    }
    expect(await chat.list('nobody', { after: BEYOND_ALL_VERSIONS })).toMatchObject({
      conversations: [],
      reset: true,
    });
  });

  test('SY-8: a cursor is not from the future while either the versions or the clock are there', async () => {
    await using world = await open();
    const { chat, clock } = world;
    await chat.send('ann', team);
    const last = await chat.position('ann');
    clock.move(-DAY_MS);
    expect(await chat.list('ann', { after: last })).toMatchObject({ conversations: [], reset: false });
    expect(await chat.list('ann', { after: (last + VERSION_STEP) as Version })).toMatchObject({
      reset: true,
    });
    clock.move(2 * DAY_MS);
    const now = versionAt(clock.nowMs());
    expect(await chat.list('ann', { after: now })).toMatchObject({ conversations: [], reset: false });
    expect(await chat.list('ann', { after: (now + VERSION_STEP) as Version })).toMatchObject({ reset: true });
  });

  test('SY-8: turning the pages of such a snapshot, only the first one replaces what there is', async () => {
    await using world = await open();
    const { chat } = world;
    for (const name of ['a', 'b', 'c']) await chat.send('ann', group(name));
    const page = (number: number) =>
      chat.list('ann', { after: BEYOND_ALL_VERSIONS, window: { kind: 'page', page: number, size: 2 } });
    expect(await page(1)).toMatchObject({ reset: true, conversations: [{}, {}] });
    expect(await page(2)).toMatchObject({ reset: false, conversations: [{}] });
    expect(await page(3)).toMatchObject({ reset: false, conversations: [] });
  });

  test('SY-9: so is a client that asks for deletions when one above its cursor was purged', async () => {
    await using world = await open();
    const { chat, store } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.send('ann', team);
    await chat.send('bob', pair('ann', 'bob'));
    const old = await chat.position('bob');
    await chat.leave(team, 'bob');
    const ended = await chat.position('bob');
    await chat.send('ann', pair('ann', 'bob'));
    await store.purgeMemberships({ before: await chat.position('bob'), limit: 10 });

    const snapshot = await chat.list('bob');
    expect(await chat.list('bob', { after: old, includeDeleted: true })).toEqual({
      ...snapshot,
      reset: true,
    });
    expect(await chat.list('bob', { after: old })).toMatchObject({ reset: false });
    expect(await chat.list('bob', { includeDeleted: true })).toEqual(snapshot);
    expect(await chat.list('bob', { after: ended, includeDeleted: true })).toMatchObject({ reset: false });
    expect(await chat.list('ann', { after: old, includeDeleted: true })).toMatchObject({ reset: false });
  });

  test('SY-9: the age of a cursor alone is no reason', async () => {
    await using world = await open();
    const { chat, clock, store } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.send('ann', team);
    const old = await chat.position('bob');
    await chat.send('ann', team);
    clock.move(400 * DAY_MS);
    await store.purgeMemberships({ before: versionAt(clock.nowMs()), limit: 10 });
    expect(await chat.list('bob', { after: old, includeDeleted: true })).toMatchObject({
      conversations: [{ lastSeq: 2 }],
      reset: false,
    });
  });

  test('SY-9, WK-10: under a limit, a client goes on from such a snapshot and does not start over', async () => {
    await using world = await open();
    const { chat, store } = world;
    for (const name of ['a', 'b', 'c', 'd', 'e']) await chat.send('ann', group(name));
    await chat.leave(group('e'), 'ann');
    await chat.send('bob', team);
    await store.purgeMemberships({ before: await chat.position('ann'), limit: 10 });
    const names = new Set<string>();
    let after = 0 as Version;
    let hasMore = true;
    for (let turn = 0; hasMore; turn += 1) {
      expect(turn).toBeLessThan(10);
      const page = await chat.list('ann', {
        after,
        includeDeleted: true,
        window: { kind: 'limit', limit: 1 },
      });
      if (page.reset) names.clear();
      for (const { channel } of page.conversations) names.add(channel.name);
      after = Math.max(after, ...page.conversations.map(({ version }) => version)) as Version;
      hasMore = page.hasMore;
    }
    expect([...names]).toEqual(['a', 'b', 'c', 'd']);
  });

  test('ST-14: a write that changes nothing takes no version', async () => {
    await using world = await open();
    const { chat, clock } = world;
    for (const [name, change] of Object.entries(changes)) {
      await change(chat);
      const version = await chat.position('ann');
      clock.move(1000);
      await change(chat);
      expect([name, await chat.position('ann')]).toEqual([name, version]);
    }
  });

  test('ST-14: nor does one that finds nothing to change, or is refused', async () => {
    await using world = await open();
    const { chat, clock } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.send('ann', team);
    await chat.markRead('bob', team);
    const before = await chat.position('ann');
    clock.move(1000);
    await chat.putChannel(team, {});
    await chat.putChannel(team, { ban: false });
    await chat.join(team);
    await chat.join(team, 'ann');
    await chat.leave(team);
    await chat.leave(team, 'nobody');
    await chat.leave(group('none'), 'ann');
    await chat.deleteChannel(group('none'));
    await chat.markRead('bob', team, 1);
    await chat.setUnread('bob', team, 0);
    await chat.markRead('nobody', team);
    await chat.deleteConversation('nobody', team);
    await chat.setUnread('nobody', team, 0);
    await expect(chat.setUnread('nobody', team, 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(chat.send('eve', team, { asMember: true })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(await chat.position('ann')).toBe(before);
  });
});
