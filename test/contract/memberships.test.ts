import { expect, test } from 'vitest';
import { group, pair } from '../support/chat.js';
import { describeEveryStore } from './store-contract.js';

const team = group('team');

describeEveryStore('memberships', (open) => {
  test('ST-8: who joins has read everything so far, and can read it', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.sendMany('ann', team, 3);
    await chat.join(team, 'bob');
    expect(await chat.rows('bob')).toMatchObject([{ unread: 0, readSeq: 3, lastSeq: 3 }]);
    expect(await chat.seqs('bob', team)).toEqual([1, 2, 3]);
    await chat.send('ann', team);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 1, readSeq: 3, lastSeq: 4 }]);
  });

  test('ST-8: who is a member already keeps his state, whoever joins with him', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.sendMany('ann', team, 3);
    await chat.setUnread('bob', team, 5);
    const before = await chat.rows('bob');
    await chat.join(team, 'cat', 'bob', 'cat');
    expect(await chat.rows('bob')).toEqual(before);
    expect(await chat.members(team)).toEqual(['ann', 'bob', 'cat']);
    expect(await chat.rows('cat')).toMatchObject([{ unread: 0 }]);
  });

  test('ST-8: joining makes the channel; an empty one is not listed', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.join(group('nobody'));
    expect(await chat.members(team)).toEqual(['ann', 'bob']);
    expect(await chat.members(group('nobody'))).toEqual([]);
    expect(await chat.rows('ann')).toEqual([]);
    expect(await chat.get('ann', team)).toMatchObject({ lastSeq: 0, unread: 0, lastClientMsgNo: '' });
  });

  test('ST-8: who joins again has read everything so far and keeps his delete floor', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.sendMany('ann', team, 3);
    await chat.deleteConversation('bob', team);
    await chat.sendMany('ann', team, 2);
    await chat.leave(team, 'bob');
    await chat.sendMany('ann', team, 2);
    await chat.join(team, 'bob');
    expect(await chat.seqs('bob', team)).toEqual([4, 5, 6, 7]);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 0, readSeq: 7 }]);
  });

  test('ST-8: the manual mark of one who left does not come back with him', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.send('ann', team);
    await chat.setUnread('bob', team, 9);
    await chat.leave(team, 'bob');
    await chat.join(team, 'bob');
    expect(await chat.rows('bob')).toMatchObject([{ unread: 0 }]);
  });

  test('ST-9: who is removed loses the conversation and can no longer read its messages', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann', 'bob', 'cat');
    await chat.send('ann', team);
    await chat.leave(team, 'bob', 'eve', 'bob');
    expect(await chat.members(team)).toEqual(['ann', 'cat']);
    expect(await chat.rows('bob')).toEqual([]);
    expect(await chat.find('bob', [team])).toEqual([undefined]);
    await expect(chat.messages('bob', team)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(chat.lastSeq(team, 'bob')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await chat.rows('cat')).toHaveLength(1);
  });

  test('ST-9: what happens after a removal does not reach the one removed', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.send('ann', team);
    await chat.leave(team, 'bob');
    const after = await chat.position('bob');
    await chat.send('ann', team);
    await chat.putChannel(team, { large: true });
    await chat.markRead('bob', team);
    await chat.deleteConversation('bob', team);
    expect(await chat.rows('bob', { after, includeDeleted: true })).toEqual([]);
  });

  test('ST-9: subscribers are listed in portions, by who comes after whom', async () => {
    await using world = await open();
    const { chat, store } = world;
    await chat.join(team, 'zoe', 'ann', 'bob', 'cat', 'dan');
    await chat.leave(team, 'bob');
    const listed: string[] = [];
    let afterUserId = 0;
    for (let turn = 0; turn < 10; turn += 1) {
      const portion = await store.listSubscribers({ communityId: 1, channel: team, afterUserId, limit: 2 });
      if (portion.length === 0) break;
      listed.push(...portion.map(({ uid }) => uid));
      afterUserId = portion.at(-1)?.userId ?? 0;
    }
    expect(listed).toEqual(['zoe', 'ann', 'cat', 'dan']);
    expect(await chat.members(group('none'))).toEqual([]);
  });

  test('ST-10: who joins a deleted channel finds it empty, and numbering goes on', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.sendMany('ann', team, 3);
    await chat.deleteChannel(team);
    await chat.leave(team, 'ann', 'bob');
    await chat.join(team, 'bob', 'cat');
    for (const uid of ['bob', 'cat']) {
      expect(await chat.rows(uid)).toEqual([]);
      expect(await chat.seqs(uid, team)).toEqual([]);
    }
    expect(await chat.send('cat', team)).toMatchObject({ seq: 4 });
    for (const uid of ['bob', 'cat']) expect(await chat.seqs(uid, team)).toEqual([4]);
    expect(await chat.rows('bob', { messageCount: 9 })).toMatchObject([
      { unread: 1, lastSeq: 4, messages: [{ seq: 4 }], limited: false },
    ]);
  });

  test('ST-10: a deleted channel loses its settings', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann');
    await chat.putChannel(team, { ban: true });
    await chat.deleteChannel(team);
    expect(await chat.send('ann', team, { asMember: true })).toMatchObject({ seq: 1 });
  });

  test('ST-10: the first message to a deleted channel makes its sender a member, as of a new one', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', team);
    await chat.deleteChannel(team);
    await chat.leave(team, 'ann');
    await chat.send('bob', team);
    expect(await chat.members(team)).toEqual(['bob']);
    expect(await chat.seqs('bob', team)).toEqual([2]);
  });

  test('ST-10: the messages of a deleted channel are removed, so many at a time, and no others', async () => {
    await using world = await open();
    const { chat, store } = world;
    await chat.sendMany('ann', team, 5);
    await chat.sendMany('ann', group('other'), 5);
    await chat.deleteChannel(team);
    await chat.leave(team, 'ann');
    await chat.sendMany('bob', team, 2);
    expect(await store.purgeMessages({ limit: 2 })).toBe(2);
    expect(await store.purgeMessages({ limit: 10 })).toBe(3);
    expect(await store.purgeMessages({ limit: 10 })).toBe(0);
    expect(await chat.seqs('bob', team)).toEqual([6, 7]);
    expect(await chat.seqs('ann', group('other'))).toEqual([1, 2, 3, 4, 5]);
    expect(await chat.lastSeq(team)).toBe(7);
  });

  test('ST-10: what someone can still see of a deleted channel is not removed until he has left', async () => {
    await using world = await open();
    const { chat, store } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.sendMany('ann', team, 3);
    await chat.deleteChannel(team);
    await chat.leave(team, 'ann');
    const before = await chat.rows('bob', { messageCount: 9 });
    expect(await store.purgeMessages({ limit: 10 })).toBe(0);
    expect(await chat.rows('bob', { messageCount: 9 })).toEqual(before);
    await chat.leave(team, 'bob');
    expect(await store.purgeMessages({ limit: 10 })).toBe(3);
  });

  test('ST-10: deleting what does not exist is no error', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.deleteChannel(team);
    expect(await chat.lastSeq(team)).toBe(0);
    expect(await chat.position('ann')).toBe(0);
  });

  test('ST-10: a person channel, too, goes on with both its members', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', pair('ann', 'bob'));
    await chat.deleteConversation('ann', pair('ann', 'bob'));
    await chat.send('bob', pair('ann', 'bob'));
    expect(await chat.seqs('ann', pair('ann', 'bob'))).toEqual([2]);
    expect(await chat.seqs('bob', pair('ann', 'bob'))).toEqual([1, 2]);
  });

  test('ST-15: purging removes what ended before a version, and remembers the highest removed', async () => {
    await using world = await open();
    const { chat, store } = world;
    const channels = ['a', 'b', 'c'].map((name) => group(name));
    for (const channel of channels) {
      await chat.join(channel, 'ann', 'bob');
      await chat.send('bob', channel);
    }
    const ends = [await chat.position('ann')];
    for (const channel of channels) {
      await chat.leave(channel, 'ann');
      ends.push(await chat.position('ann'));
    }
    const [start = ends[0], , second, third] = ends;
    if (start === undefined || second === undefined || third === undefined) throw new Error('no versions');

    expect(await store.purgeMemberships({ before: second, limit: 10 })).toBe(1);
    expect(await chat.names('ann', { after: second, includeDeleted: true })).toEqual(['-c']);
    expect(await chat.list('ann', { after: start, includeDeleted: true })).toMatchObject({ reset: true });

    expect(await store.purgeMemberships({ before: third, limit: 10 })).toBe(1);
    expect(await store.purgeMemberships({ before: third, limit: 10 })).toBe(0);
    expect(await chat.list('ann', { after: second, includeDeleted: true })).toMatchObject({ reset: false });
    expect(await chat.list('ann', { after: start, includeDeleted: true })).toMatchObject({ reset: true });
    expect(await chat.names('bob')).toEqual(['c', 'b', 'a']);
  });

  test('ST-15: purging goes by portions, over all communities', async () => {
    await using world = await open();
    const { chat, store, createChat } = world;
    const other = await createChat();
    for (const each of [chat, other]) {
      await each.send('ann', team);
      await each.join(team, 'bob', 'cat');
      await each.leave(team, 'ann', 'bob');
    }
    const before = await other.position('ann');
    expect(await store.purgeMemberships({ before, limit: 10 })).toBe(0);
    await other.send('ann', team);
    await chat.send('ann', team);
    const now = await chat.position('ann');
    expect(await store.purgeMemberships({ before: now, limit: 3 })).toBe(3);
    expect(await store.purgeMemberships({ before: now, limit: 3 })).toBe(1);
    expect(await store.purgeMemberships({ before: now, limit: 3 })).toBe(0);
    expect(await chat.members(team)).toEqual(['cat']);
  });

  test('ST-15: who joins after his membership was purged is a member like any new one', async () => {
    await using world = await open();
    const { chat, store } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.sendMany('ann', team, 2);
    await chat.leave(team, 'bob');
    await chat.send('ann', team);
    await store.purgeMemberships({ before: await chat.position('ann'), limit: 10 });
    await chat.join(team, 'bob');
    expect(await chat.rows('bob')).toMatchObject([{ unread: 0, readSeq: 3 }]);
  });
});
