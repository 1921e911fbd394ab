import { expect, test } from 'vitest';
import { type Chat, group, pair } from '../support/chat.js';
import { describeEveryStore } from './store-contract.js';
import { a, b, c, d, makeThree } from './three-channels.js';

describeEveryStore('deletions in listConversations', (open) => {
  test('WK-11: what left the list since the version comes as a deletion, for whatever reason', async () => {
    await using world = await open();
    const { chat } = world;
    await makeThree(chat);
    await chat.setUnread('ann', pair('ann', 'bob'), 1);
    const after = await chat.position('ann');
    await chat.leave(a, 'ann');
    await chat.deleteConversation('ann', b);
    await chat.markRead('ann', pair('ann', 'bob'));
    const rows = await chat.rows('ann', { after, includeDeleted: true, messageCount: 9 });
    expect(rows.map(({ channel }) => channel)).toEqual([pair('ann', 'bob'), b, a]);
    for (const { channel, version, ...rest } of rows) {
      expect(version, channel.name).toBeGreaterThan(after);
      expect(rest).toEqual({
        isDeleted: true,
        unread: 0,
        lastSeq: 0,
        readSeq: 0,
        lastMessageAtMs: 0,
        lastClientMsgNo: '',
        messages: [],
        limited: false,
      });
    }
    expect(await chat.rows('ann', { after })).toEqual([]);
    const now = await chat.position('ann');
    expect(await chat.rows('ann', { after: now, includeDeleted: true })).toEqual([]);
    expect(await chat.names('ann', { includeDeleted: true })).toEqual(['c']);
  });

  test('WK-11: a deletion keeps its version, whatever happens in the channel after it', async () => {
    await using world = await open();
    const { chat } = world;
    await makeThree(chat);
    const after = await chat.position('ann');
    await chat.deleteConversation('ann', a);
    await chat.leave(b, 'ann');
    const before = await chat.rows('ann', { after, includeDeleted: true });
    await chat.putChannel(a, { large: true });
    await chat.send('bob', b);
    expect(await chat.rows('ann', { after, includeDeleted: true })).toEqual(before);
  });

  test('WK-11: leaving a conversation that was deleted before is not a second deletion', async () => {
    await using world = await open();
    const { chat } = world;
    await makeThree(chat);
    await chat.deleteConversation('ann', a);
    const after = await chat.position('ann');
    await chat.leave(a, 'ann');
    expect(await chat.rows('ann', { after, includeDeleted: true })).toEqual([]);
  });

  test('WK-11: what came back to the list since is no deletion', async () => {
    await using world = await open();
    const { chat } = world;
    await makeThree(chat);
    const after = await chat.position('ann');
    await chat.leave(a, 'ann');
    await chat.join(a, 'ann');
    await chat.deleteConversation('ann', b);
    await chat.send('bob', b);
    expect(await chat.names('ann', { after, includeDeleted: true })).toEqual(['b', 'a']);
  });

  test('WK-11: who rejoins an emptied channel is still told that the conversation left his list', async () => {
    await using world = await open();
    const { chat } = world;
    await makeThree(chat);
    const after = await chat.position('ann');
    await chat.deleteChannel(a);
    await chat.leave(a, 'ann');
    await chat.join(a, 'ann');
    expect(await chat.names('ann', { after, includeDeleted: true })).toEqual(['-a']);
  });

  test('WK-11: what is named and not on the list comes as a deletion, known here or not', async () => {
    await using world = await open();
    const { chat } = world;
    await makeThree(chat);
    await chat.leave(a, 'ann');
    await chat.deleteConversation('ann', b);
    await chat.send('bob', d);
    const after = await chat.position('ann');
    const known = [a, b, c, d, group('none'), pair('ann', 'eve')].map((channel) => ({ channel, seq: 3 }));
    const deleted = async (options: Parameters<Chat['rows']>[1]) =>
      (await chat.rows('ann', { includeDeleted: true, ...options }))
        .filter(({ isDeleted }) => isDeleted)
        .map(({ channel }) => channel.name)
        .toSorted((one, other) => (one < other ? -1 : 1));
    const unlisted = ['a', pair('ann', 'eve').name, 'b', 'd', 'none'];
    expect(await deleted({ known })).toEqual(unlisted);
    expect(await deleted({ known, after })).toEqual(unlisted);
    expect(await deleted({ known, includeDeleted: false })).toEqual([]);
    expect(await deleted({ known: known.slice(2, 4), after })).toEqual(['d']);
    for (const { version } of await chat.rows('ann', { known, after, includeDeleted: true })) {
      expect(version).toBe(after);
    }
  });

  test('WK-11, WK-7: deletions come also when only unread conversations are asked for', async () => {
    await using world = await open();
    const { chat } = world;
    await makeThree(chat);
    const after = await chat.position('ann');
    await chat.leave(a, 'ann');
    await chat.markRead('ann', b);
    expect(await chat.names('ann', { after, includeDeleted: true, onlyUnread: true })).toEqual(['-a']);
  });
});
