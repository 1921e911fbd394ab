import { expect, test } from 'vitest';
import { group } from '../support/chat.js';
import type { RoomChat } from '../support/room-chat.js';
import { describeEveryStore } from './store-contract.js';

async function oneMessage(rooms: RoomChat): Promise<{ roomId: number; messageId: number }> {
  const roomId = await rooms.create('ann', { memberUids: ['bob'] });
  return { roomId, messageId: (await rooms.post('ann', roomId)).messageId };
}

/** Who has reacted how to a message, in the order of the reply. */
async function reactions(rooms: RoomChat, messageId: number): Promise<string[]> {
  const { messages, references } = await rooms.messagePage('ann', messageId);
  return (messages[0]?.reactions ?? []).map(({ userId, reaction }) => {
    return `${references.users.find(({ id }) => id === userId)?.uid} ${reaction}`;
  });
}

describeEveryStore('reactions', (open) => {
  test('KT-10: each user has one reaction to a message, which he sets, replaces and takes back', async () => {
    await using world = await open();
    const { rooms } = world;
    const { messageId } = await oneMessage(rooms);
    await rooms.react('bob', { messageId }, '👍');
    await rooms.react('ann', { messageId }, '👍');
    expect(await reactions(rooms, messageId)).toEqual(['bob 👍', 'ann 👍']);
    await rooms.react('bob', { messageId }, '❤️');
    expect(await reactions(rooms, messageId)).toEqual(['bob ❤️', 'ann 👍']);
    await rooms.react('bob', { messageId }, undefined);
    expect(await reactions(rooms, messageId)).toEqual(['ann 👍']);
    await rooms.react('bob', { messageId }, '👍');
    expect(await reactions(rooms, messageId)).toEqual(['ann 👍', 'bob 👍']);
  });

  test('KT-10: a reaction moves the message and its room; one that changes nothing does not', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const { roomId, messageId } = await oneMessage(rooms);
    for (const reaction of ['👍', '❤️', undefined]) {
      clock.move(1000);
      await rooms.react('bob', { messageId }, reaction);
      const version = await rooms.position();
      expect(await rooms.message('ann', messageId)).toMatchObject({
        updatedVersion: version,
        isEdited: false,
      });
      expect(await rooms.room('ann', roomId)).toMatchObject({ version });
      const before = await rooms.messages('ann', roomId);
      clock.move(1000);
      await rooms.react('bob', { messageId }, reaction);
      expect(await rooms.messages('ann', roomId)).toEqual(before);
      expect(await rooms.position()).toBe(version);
    }
  });

  test('KT-10: so it is with the room itself, of which no message is moved', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const { roomId, messageId } = await oneMessage(rooms);
    const before = await rooms.message('ann', messageId);
    for (const reaction of ['👍', '❤️', undefined]) {
      clock.move(1000);
      await rooms.react('bob', { roomId }, reaction);
      const version = await rooms.position();
      const { room, roomReactions } = await rooms.messages('ann', roomId);
      expect(room.version).toBe(version);
      expect(roomReactions.map((each) => each.reaction)).toEqual(reaction === undefined ? [] : [reaction]);
      await rooms.react('bob', { roomId }, reaction);
      expect(await rooms.position()).toBe(version);
    }
    expect(await rooms.message('ann', messageId)).toEqual(before);
  });

  test('KT-10: reactions to a room and to its messages are apart', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId, messageId } = await oneMessage(rooms);
    await rooms.react('bob', { roomId }, '👍');
    await rooms.react('bob', { messageId }, '❤️');
    await rooms.react('bob', { roomId }, undefined);
    expect(await reactions(rooms, messageId)).toEqual(['bob ❤️']);
    expect(await rooms.messages('ann', roomId)).toMatchObject({ roomReactions: [] });
  });

  test('KT-10: only members react, and to what there is', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const { roomId, messageId } = await oneMessage(rooms);
    await chat.leave(group('room-1'), 'bob');
    for (const uid of ['bob', 'eve']) {
      await expect(rooms.react(uid, { roomId }, '👍')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
      await expect(rooms.react(uid, { messageId }, '👍')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    const unknown = { code: 'PERMISSION_DENIED' };
    await expect(rooms.react('ann', { roomId: 999 }, '👍')).rejects.toMatchObject(unknown);
    await expect(rooms.react('ann', { messageId: 999 }, '👍')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(rooms.react('ann', { messageId: 0 }, '👍')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
