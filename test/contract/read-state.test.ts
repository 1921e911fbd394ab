import { expect, test } from 'vitest';
import { group, pair } from '../support/chat.js';
import { describeEveryStore } from './store-contract.js';

const team = group('team');

describeEveryStore('read state', (open) => {
  test('ST-11: marking moves the read position to the seq, or to the newest, never back', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'bob');
    await chat.sendMany('ann', team, 5);
    const steps: [number | undefined, number, number][] = [
      [2, 2, 3],
      [1, 2, 3],
      [0, 2, 3],
      [4, 4, 1],
      [99, 5, 0],
      [undefined, 5, 0],
    ];
    for (const [seq, readSeq, unread] of steps) {
      await chat.markRead('bob', team, seq);
      expect(await chat.rows('bob')).toMatchObject([{ readSeq, unread }]);
    }
    await chat.send('ann', team);
    expect(await chat.rows('bob')).toMatchObject([{ readSeq: 5, unread: 1 }]);
    await chat.markRead('bob', team);
    expect(await chat.rows('bob')).toMatchObject([{ readSeq: 6, unread: 0 }]);
  });

  test('ST-11: marking removes the manual mark, also with a seq that was read long ago', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'bob');
    await chat.sendMany('ann', team, 2);
    await chat.setUnread('bob', team, 7);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 7 }]);
    await chat.markRead('bob', team, 0);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 2, readSeq: 0 }]);
  });

  test('ST-12: setting unread to n makes the conversation read exactly n, above and below', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'bob');
    await chat.sendMany('ann', team, 5);
    for (const unread of [5, 3, 3, 1, 0, 4, 2, 9, 0]) {
      await chat.setUnread('bob', team, unread);
      expect(await chat.rows('bob')).toMatchObject([{ unread }]);
    }
    await chat.send('ann', team);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 1 }]);
  });

  test('ST-12: messages that do not count are passed over', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'bob');
    for (const redDot of [true, false, true, false, false, true, false])
      await chat.send('ann', team, { redDot });
    expect(await chat.rows('bob')).toMatchObject([{ unread: 3 }]);
    for (const unread of [2, 1, 0]) {
      await chat.setUnread('bob', team, unread);
      expect(await chat.rows('bob')).toMatchObject([{ unread }]);
    }
    expect(await chat.rows('bob')).toMatchObject([{ readSeq: 7 }]);
  });

  test('ST-12: in a person channel the conversation is made if need be, and the first message adds to it', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.setUnread('ann', pair('ann', 'bob'), 2);
    expect(await chat.rows('ann')).toMatchObject([{ unread: 2, lastSeq: 0, lastMessageAtMs: 0 }]);
    expect(await chat.rows('bob')).toEqual([]);
    await chat.send('bob', pair('ann', 'bob'));
    expect(await chat.rows('ann')).toMatchObject([{ unread: 3, lastSeq: 1 }]);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 0, lastSeq: 1 }]);
  });

  test('ST-12: where the user is no member it is NOT_FOUND, and nothing for 0', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', team);
    for (const channel of [team, group('none')]) {
      await expect(chat.setUnread('eve', channel, 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await chat.setUnread('eve', channel, 0);
    }
    expect(await chat.find('eve', [team, group('none')])).toEqual([undefined, undefined]);
  });

  test('ST-13: deleting hides the messages so far until a newer one, which counts 1', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'bob', 'cat');
    await chat.sendMany('ann', team, 3);
    await chat.deleteConversation('bob', team);
    expect(await chat.rows('bob')).toEqual([]);
    expect(await chat.seqs('bob', team)).toEqual([]);
    expect(await chat.get('bob', team, 9)).toMatchObject({
      unread: 0,
      lastSeq: 3,
      readSeq: 3,
      lastMessageAtMs: 0,
      lastClientMsgNo: '',
      messages: [],
      limited: false,
    });
    expect(await chat.seqs('cat', team)).toEqual([1, 2, 3]);
    await chat.send('ann', team, { clientMsgNo: 'new' });
    expect(await chat.rows('bob', { messageCount: 9 })).toMatchObject([
      { unread: 1, lastSeq: 4, lastClientMsgNo: 'new', messages: [{ seq: 4 }] },
    ]);
  });

  test('ST-13: deleting takes a conversation off the list that was on it by its mark alone', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'bob');
    await chat.send('ann', team);
    await chat.deleteConversation('bob', team);
    await chat.setUnread('bob', team, 1);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 1, lastSeq: 1, lastClientMsgNo: '' }]);
    const after = await chat.position('bob');
    await chat.deleteConversation('bob', team);
    expect(await chat.rows('bob')).toEqual([]);
    expect(await chat.names('bob', { after, includeDeleted: true })).toEqual(['-team']);
  });

  test('ST-11, ST-13: marking takes a conversation off the list that was on it by its mark alone', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.setUnread('ann', pair('ann', 'bob'), 2);
    const after = await chat.position('ann');
    await chat.markRead('ann', pair('ann', 'bob'));
    expect(await chat.rows('ann')).toEqual([]);
    expect(await chat.rows('ann', { after, includeDeleted: true })).toMatchObject([{ isDeleted: true }]);
  });

  test('ST-11, ST-13: where the user has no such conversation nothing happens', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', team);
    const before = await chat.position('ann');
    for (const channel of [team, group('none'), pair('eve', 'ann')]) {
      await chat.markRead('eve', channel);
      await chat.deleteConversation('eve', channel);
    }
    expect(await chat.position('ann')).toBe(before);
  });

  test('SY-15: unread counts what others sent above the read position, and the mark', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.sendMany('ann', team, 2);
    await chat.send('ann', team, { redDot: false });
    expect(await chat.rows('bob')).toMatchObject([{ unread: 2 }]);
    await chat.send('bob', team);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 0, readSeq: 4 }]);
    await chat.setUnread('bob', team, 1);
    await chat.send('bob', team);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 1, readSeq: 5 }]);
    expect(await chat.rows('ann')).toMatchObject([{ unread: 2, readSeq: 3 }]);
  });

  test('SY-15: messages that do not count are found in their own channel, whatever its number', async () => {
    await using world = await open();
    const { chat } = world;
    // Enough channels and messages that the ids of both run over each other.
    const channels = Array.from({ length: 6 }, (_, index) => group(`g${index}`));
    for (const channel of channels) await chat.join(channel, 'bob');
    for (const channel of channels) {
      await chat.send('ann', channel, { redDot: false });
      await chat.send('ann', channel);
    }
    expect((await chat.rows('bob')).map(({ unread }) => unread)).toEqual([1, 1, 1, 1, 1, 1]);
    const found = await chat.find('bob', channels);
    expect(found.map((conversation) => conversation?.unread)).toEqual([1, 1, 1, 1, 1, 1]);
    for (const channel of channels) await chat.setUnread('bob', channel, 0);
    await chat.send('ann', group('g3'), { redDot: false });
    expect(await chat.rows('bob', { onlyUnread: true })).toEqual([]);
  });
});
