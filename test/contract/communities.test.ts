import { expect, test } from 'vitest';
import { BEYOND_ALL_VERSIONS, NO_VERSION } from '../../src/domain/version.js';
import { Chat, group, pair } from '../support/chat.js';
import { describeEveryStore } from './store-contract.js';

const team = group('team');

/** Every write, on a community that holds none of what it names. */
const writes: readonly (readonly [string, (chat: Chat) => Promise<unknown>])[] = [
  ['sendMessage', (chat) => chat.send('ann', team)],
  ['sendMessage as a member', (chat) => chat.send('ann', team, { asMember: true })],
  ['sendMessage to a person', (chat) => chat.send('ann', pair('ann', 'bob'))],
  ['putChannel', (chat) => chat.putChannel(team)],
  ['addSubscribers', (chat) => chat.join(team, 'ann')],
  ['addSubscribers of nobody', (chat) => chat.join(team)],
  ['removeSubscribers', (chat) => chat.leave(team, 'ann')],
  ['deleteChannel', (chat) => chat.deleteChannel(team)],
  ['markRead', (chat) => chat.markRead('ann', team)],
  ['setUnread', (chat) => chat.setUnread('ann', team, 1)],
  ['setUnread to 0', (chat) => chat.setUnread('ann', team, 0)],
  ['setUnread of a person', (chat) => chat.setUnread('ann', pair('ann', 'bob'), 1)],
  ['deleteConversation', (chat) => chat.deleteConversation('ann', team)],
];

describeEveryStore('communities', (open) => {
  test('ST-17: community 1 is there from the start, and new ones are counted on', async () => {
    await using world = await open();
    const { store } = world;
    expect(await store.hasCommunity(1)).toBe(true);
    expect(await store.hasCommunity(2)).toBe(false);
    expect(await store.createCommunity({ name: 'two' })).toBe(2);
    expect(await store.createCommunity({ name: 'three' })).toBe(3);
    expect(await store.hasCommunity(3)).toBe(true);
    expect(await store.hasCommunity(0)).toBe(false);
  });

  test.each(writes)('ST-17: %s to a community that does not exist is NOT_FOUND', async (_name, write) => {
    await using world = await open();
    const elsewhere = new Chat(world.store, 7);
    await expect(write(elsewhere)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await world.store.hasCommunity(7)).toBe(false);
    await world.createChat();
    await expect(write(elsewhere)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('ST-17: a community that does not exist reads as an empty one', async () => {
    await using world = await open();
    await world.chat.send('ann', team);
    const elsewhere = new Chat(world.store, 7);
    const empty = { conversations: [], completeUpTo: NO_VERSION, hasMore: false };
    expect(await elsewhere.list('ann')).toEqual({ ...empty, reset: false });
    expect(await elsewhere.list('ann', { after: BEYOND_ALL_VERSIONS })).toEqual({ ...empty, reset: true });
    expect(await elsewhere.find('ann', [team])).toEqual([undefined]);
    expect(await elsewhere.messages('ann', team)).toEqual({ messages: [], hasMore: false });
    expect(await elsewhere.lastSeq(team, 'ann')).toBe(0);
    expect(await elsewhere.members(team)).toEqual([]);
  });

  test('ST-17, SY-16: the same names in another community are another user and another channel', async () => {
    await using world = await open();
    const { chat, createChat } = world;
    const other = await createChat();
    await chat.join(team, 'ann', 'bob');
    await chat.send('ann', team, { clientMsgNo: 'one', text: 'here' });
    await other.join(team, 'bob', 'cat');
    expect(await other.send('cat', team, { clientMsgNo: 'one', text: 'there' })).toMatchObject({ seq: 1 });
    await other.send('bob', pair('ann', 'bob'));

    const texts = async (each: Chat, uid: string): Promise<string[]> =>
      (await each.messages(uid, team)).messages.map(({ payload }) => Buffer.from(payload).toString());
    expect(await texts(chat, 'bob')).toEqual(['here']);
    expect(await texts(other, 'bob')).toEqual(['there']);
    await expect(other.messages('ann', team)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await chat.names('ann')).toEqual(['team']);
    expect(await other.names('ann')).toEqual([pair('ann', 'bob').name]);

    const before = await chat.list('bob', { messageCount: 9 });
    await other.markRead('bob', team);
    await other.leave(team, 'bob');
    await other.deleteChannel(team);
    await other.putChannel(team, { ban: true });
    expect(await chat.list('bob', { messageCount: 9 })).toEqual(before);
  });

  test('ST-17, SY-1: each community counts its own versions', async () => {
    await using world = await open();
    const { chat, clock, createChat } = world;
    const other = await createChat();
    await chat.send('ann', team);
    await chat.send('ann', team);
    const last = await chat.position('ann');
    await other.send('ann', team);
    expect(await chat.position('ann')).toBe(last);
    expect(await other.position('ann')).toBeLessThan(last);
    clock.move(-1000);
    await other.send('ann', team);
    expect(await other.position('ann')).toBe(last);
  });
});
