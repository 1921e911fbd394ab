import { expect, test } from 'vitest';
import { group, pair } from '../support/chat.js';
import { describeEveryStore } from './store-contract.js';

const team = group('team');

describeEveryStore('findConversations', (open) => {
  test('WK-32: conversations come in the order of their names, undefined where there is none to see', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.send('ann', group('a'));
    await chat.send('bob', group('b'));
    await chat.send('ann', group('c'));
    await chat.send('ann', pair('ann', 'bob'));
    const channels = [group('c'), group('none'), pair('ann', 'bob'), group('b'), group('a'), group('a', 3)];
    const found = await chat.find('ann', channels);
    expect(found.map((conversation) => conversation?.channel)).toEqual([
      group('c'),
      undefined,
      pair('ann', 'bob'),
      undefined,
      group('a'),
      undefined,
    ]);
    expect(await chat.find('nobody', channels)).toEqual(channels.map(() => undefined));
    expect(await chat.find('ann', [])).toEqual([]);
  });

  test('WK-32: a conversation is as it is on the list', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann', 'bob');
    await chat.sendMany('ann', team, 5);
    await chat.setUnread('bob', team, 8);
    for (const messageCount of [0, 2, 5, 50]) {
      expect(await chat.find('bob', [team], messageCount)).toEqual(await chat.rows('bob', { messageCount }));
    }
  });

  test('WK-32: what is named twice comes twice, the same', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.sendMany('ann', team, 3);
    const [first, second] = await chat.find('ann', [team, team], 2);
    expect(first?.messages.map(({ seq }) => seq)).toEqual([3, 2]);
    expect(second).toEqual(first);
  });

  test('WK-32: one that is not on the list is found, as long as its user is a member', async () => {
    await using world = await open();
    const { chat } = world;
    await chat.join(team, 'ann', 'bob');
    expect(await chat.get('bob', team)).toMatchObject({ isDeleted: false, lastSeq: 0 });
    await chat.send('ann', team);
    await chat.deleteConversation('bob', team);
    expect(await chat.get('bob', team, 5)).toMatchObject({ isDeleted: false, lastSeq: 1, messages: [] });
    await chat.leave(team, 'bob');
    expect(await chat.find('bob', [team])).toEqual([undefined]);
  });
});
