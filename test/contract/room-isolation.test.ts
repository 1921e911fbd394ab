import { expect, test } from 'vitest';
import { group } from '../support/chat.js';
import { RoomChat } from '../support/room-chat.js';
import { describeEveryStore, type World } from './store-contract.js';

const DENIED = { code: 'PERMISSION_DENIED' };
const NOT_FOUND = { code: 'NOT_FOUND' };

/** The same in two communities, but for its text, with ids that do not run side by side. */
async function twoCommunities({ rooms, store }: World): Promise<[RoomChat, RoomChat]> {
  const other = new RoomChat(store, await store.createCommunity({ name: 'other' }));
  await other.putUser('zoe');
  for (const each of [rooms, other]) {
    const text = each === other ? 'Omega' : 'Alpha';
    const roomId = await each.create('ann', { title: text, memberUids: ['bob'] });
    await each.post('ann', roomId, { text, clientMsgNo: 'same' });
    const poll = await each.postPoll('ann', roomId, { options: [text] });
    await each.vote('bob', poll, text);
    await each.react('bob', { messageId: poll }, text);
    await each.react('bob', { roomId }, text);
  }
  return [rooms, other];
}

describeEveryStore('isolation of rooms', (open) => {
  test('SY-16: a room and its messages are shown to its members only', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const { messageId } = await rooms.post('ann', roomId);
    await chat.leave(group('room-1'), 'bob');
    for (const uid of ['bob', 'eve']) {
      expect(await rooms.ids(uid)).toEqual([]);
      await expect(rooms.room(uid, roomId)).rejects.toMatchObject(DENIED);
      await expect(rooms.messages(uid, roomId)).rejects.toMatchObject(DENIED);
      await expect(rooms.messages(uid, roomId, { messageId })).rejects.toMatchObject(DENIED);
      await expect(rooms.messagePage(uid, messageId)).rejects.toMatchObject(NOT_FOUND);
    }
    await expect(rooms.room('ann', 999)).rejects.toMatchObject(DENIED);
    await expect(rooms.messages('ann', 999)).rejects.toMatchObject(DENIED);
    await expect(rooms.messagePage('ann', 999)).rejects.toMatchObject(NOT_FOUND);
  });

  test('SY-16: what a manager may, he may in his own rooms only', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    const { messageId } = await rooms.post('ann', roomId);
    await rooms.putUser('boss', { isManager: true });
    await expect(rooms.update('boss', roomId, { title: 'x' })).rejects.toMatchObject(DENIED);
    await expect(rooms.delete('boss', messageId)).rejects.toMatchObject(NOT_FOUND);
    await expect(rooms.room('boss', roomId)).rejects.toMatchObject(DENIED);
  });

  test('SY-16: nothing is shown of another community, where ids are the same', async () => {
    await using world = await open();
    const [here, other] = await twoCommunities(world);
    for (const [each, own, foreign] of [
      [here, 'Alpha', 'Omega'],
      [other, 'Omega', 'Alpha'],
    ] as const) {
      const [roomId = 0] = await each.ids('bob');
      const ofRooms = [await each.list('bob'), await each.page('bob', roomId)];
      const ofMessages = [
        await each.messages('bob', roomId),
        await each.messages('bob', roomId, { order: 'updated' }),
      ];
      const messages = ofMessages.flatMap((page) => page.messages);
      const texts = messages.map(({ text }) => text);
      const shown = JSON.stringify([ofRooms, ofMessages, texts]);
      expect(shown).toContain(own);
      expect(shown).not.toContain(foreign);
      expect(shown).not.toContain('zoe');
      expect(messages).toHaveLength(6);
    }
  });

  test('SY-16: writes reach nothing in another community', async () => {
    await using world = await open();
    const [here, other] = await twoCommunities(world);
    const [roomId = 0] = await here.ids('bob');
    const [, message, poll] = (await here.messages('bob', roomId)).messages;
    const before = [await here.list('bob'), await here.messages('bob', roomId), await here.position()];
    const messageId = message?.id ?? 0;
    await other.edit('ann', messageId, 'edited');
    await other.react('ann', { messageId: poll?.id ?? 0 }, 'x');
    await other.react('bob', { roomId }, undefined);
    await other.setTopic('ann', roomId, messageId);
    await other.mute('bob', roomId);
    await other.follow('bob', roomId, false);
    await other.update('ann', roomId, { title: 'x' });
    await other.delete('ann', messageId);
    await other.putUser('bob', { name: 'Other' });
    expect([await here.list('bob'), await here.messages('bob', roomId), await here.position()]).toEqual(
      before,
    );
  });

  test('SY-16: what a user has deleted for himself is in no answer to him', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const { messageId } = await rooms.post('ann', roomId, { text: 'hidden' });
    await rooms.putUser('cat');
    await rooms.setTopic('ann', roomId, messageId);
    await chat.deleteConversation('bob', group('room-1'));
    await rooms.post('ann', roomId, { text: 'shown', replyToId: messageId });
    const messages = [
      await rooms.list('bob'),
      await rooms.page('bob', roomId),
      await rooms.messages('bob', roomId),
    ];
    const ids = messages.flatMap(({ references }) => references.messages.map(({ id }) => id));
    expect(ids).not.toContain(messageId);
    expect(await rooms.seqs('bob', roomId)).toEqual([3]);
  });
});
