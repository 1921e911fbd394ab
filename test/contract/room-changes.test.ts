import { expect, test } from 'vitest';
import { group } from '../support/chat.js';
import type { RoomChat } from '../support/room-chat.js';
import { describeEveryStore } from './store-contract.js';

const DENIED = { code: 'PERMISSION_DENIED' };
const NOT_FOUND = { code: 'NOT_FOUND' };

/** A room of ann and bob, in which ann has written. */
async function oneMessage(rooms: RoomChat): Promise<{ roomId: number; messageId: number }> {
  const roomId = await rooms.create('ann', { memberUids: ['bob'] });
  return { roomId, messageId: (await rooms.post('ann', roomId, { text: 'before' })).messageId };
}

describeEveryStore('edits and deletions', (open) => {
  test('KT-9: an edit replaces the text and moves the message and its room', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const { roomId, messageId } = await oneMessage(rooms);
    const before = await rooms.message('bob', messageId);
    clock.move(1000);
    await rooms.edit('ann', messageId, 'after');
    const after = await rooms.message('bob', messageId);
    const version = await rooms.position();
    expect(after.text).toBe('after');
    expect(after).toEqual({
      ...before,
      text: after.text,
      updatedVersion: version,
      isEdited: true,
    });
    expect((await rooms.room('bob', roomId)).version).toBe(version);
  });

  test('KT-9: an edit replaces the extras that it names, removes those it names as undefined, and keeps the rest', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    const extras = { share_link: 'a', og_tags: { title: 'x', image: 'i' }, metadata: [1] };
    const { messageId } = await rooms.post('ann', roomId, { text: 'x', extras });
    await rooms.edit('ann', messageId, {
      text: 'y',
      extras: { og_tags: { title: 'y' }, share_link: undefined, other: 2, none: undefined },
    });
    const message = await rooms.message('ann', messageId);
    expect(message.extras).toStrictEqual({ og_tags: { title: 'y' }, metadata: [1], other: 2 });
    await rooms.edit('ann', messageId, { text: 'y', extras: { other: 3 } });
    expect((await rooms.message('ann', messageId)).extras).toMatchObject({ other: 3 });
  });

  test('KT-9: an edit that leaves text and extras as they are changes nothing', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const roomId = await rooms.create('ann');
    const extras = { a: { b: 1 }, c: 2 };
    const { messageId } = await rooms.post('ann', roomId, { text: 'x', extras });
    const before = await rooms.messages('ann', roomId);
    clock.move(1000);
    await rooms.edit('ann', messageId, 'x');
    await rooms.edit('ann', messageId, { text: 'x', extras: { c: 2, a: { b: 1 }, d: undefined } });
    expect(await rooms.messages('ann', roomId)).toEqual(before);
    await rooms.edit('ann', messageId, 'y');
    const edited = await rooms.position();
    clock.move(1000);
    await rooms.edit('ann', messageId, 'y');
    expect(await rooms.position()).toBe(edited);
  });

  test('KT-9: only its author edits a message, managers neither', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const { roomId, messageId } = await oneMessage(rooms);
    await rooms.putUser('bob', { isManager: true });
    const before = await rooms.messages('ann', roomId);
    await expect(rooms.edit('bob', messageId, 'x')).rejects.toMatchObject(DENIED);
    await expect(rooms.edit('eve', messageId, 'x')).rejects.toMatchObject(NOT_FOUND);
    await expect(rooms.edit('ann', 999, 'x')).rejects.toMatchObject(NOT_FOUND);
    await chat.leave(group('room-1'), 'ann');
    await expect(rooms.edit('ann', messageId, 'x')).rejects.toMatchObject(NOT_FOUND);
    await chat.join(group('room-1'), 'ann');
    expect((await rooms.messages('ann', roomId)).messages).toEqual(before.messages);
  });

  test('KT-9: the text of a poll can be edited, and the poll stays', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    const polled = await rooms.postPoll('ann', roomId);
    await rooms.vote('ann', polled, 'b');
    const before = await rooms.message('ann', polled);
    await rooms.edit('ann', polled, 'another question');
    const after = await rooms.message('ann', polled);
    expect(after.text).toBe('another question');
    expect(after).toMatchObject({ state: 10, isEdited: true, poll: before.poll });
  });

  test('KT-9: a deleted message stays listed, with its text and who deleted it', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const { roomId, messageId } = await oneMessage(rooms);
    await rooms.react('bob', { messageId }, '👍');
    const before = await rooms.message('bob', messageId);
    clock.move(1000);
    await rooms.delete('ann', messageId);
    const version = await rooms.position();
    const deletedById = await rooms.userId('ann');
    expect(await rooms.message('bob', messageId)).toEqual({
      ...before,
      deletedById,
      updatedVersion: version,
    });
    expect(await rooms.seqs('bob', roomId)).toEqual([1, 2]);
    expect((await rooms.room('bob', roomId)).version).toBe(version);
  });

  test('KT-9: managers delete what others wrote, other members do not', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId, messageId } = await oneMessage(rooms);
    const { messageId: own } = await rooms.post('bob', roomId);
    await expect(rooms.delete('bob', messageId)).rejects.toMatchObject(DENIED);
    await expect(rooms.delete('ann', own)).rejects.toMatchObject(DENIED);
    await expect(rooms.delete('eve', own)).rejects.toMatchObject(NOT_FOUND);
    await rooms.putUser('bob', { isManager: true });
    await rooms.delete('bob', messageId);
    expect(await rooms.message('ann', messageId)).toMatchObject({ deletedById: await rooms.userId('bob') });
    await rooms.putUser('eve', { isManager: true });
    await expect(rooms.delete('eve', own)).rejects.toMatchObject(NOT_FOUND);
  });

  test('KT-9: of several messages all are deleted or none', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId, messageId } = await oneMessage(rooms);
    const { messageId: other } = await rooms.post('ann', roomId);
    const { messageId: foreign } = await rooms.post('bob', roomId);
    const before = await rooms.messages('ann', roomId);
    await expect(rooms.delete('ann', messageId, foreign, other)).rejects.toMatchObject(DENIED);
    await expect(rooms.delete('ann', messageId, 999)).rejects.toMatchObject(NOT_FOUND);
    await rooms.delete('ann');
    expect(await rooms.messages('ann', roomId)).toEqual(before);
    await rooms.delete('ann', other, messageId, other);
    const deleted = (await rooms.messages('ann', roomId)).messages.filter((each) => each.deletedById);
    expect(deleted.map(({ id }) => id)).toEqual([messageId, other]);
    const version = await rooms.position();
    expect(deleted.map(({ updatedVersion }) => updatedVersion)).toEqual([version, version]);
  });

  test('KT-9: deleting again has no effect, and tells nothing new of who did it', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const { roomId, messageId } = await oneMessage(rooms);
    await rooms.putUser('bob', { isManager: true });
    await rooms.delete('bob', messageId);
    const before = await rooms.messages('ann', roomId);
    clock.move(1000);
    await rooms.delete('ann', messageId);
    await rooms.delete('bob', messageId);
    expect(await rooms.messages('ann', roomId)).toEqual(before);
    const { messageId: other } = await rooms.post('ann', roomId);
    await rooms.delete('ann', messageId, other);
    const [first, second] = (await rooms.messages('ann', roomId)).messages.slice(1);
    expect(first).toEqual(before.messages[1]);
    expect(second).toMatchObject({ deletedById: await rooms.userId('ann') });
  });

  test('KT-9: messages of several rooms are deleted together, and no two rooms get the same version', async () => {
    await using world = await open();
    const { rooms } = world;
    const one = await oneMessage(rooms);
    const two = await oneMessage(rooms);
    await rooms.delete('ann', two.messageId, one.messageId);
    const versions = (await rooms.list('bob')).rooms.map(({ version }) => version);
    expect(versions).toHaveLength(2);
    expect(new Set(versions).size).toBe(2);
    for (const { messageId } of [one, two]) {
      expect(await rooms.message('bob', messageId)).toMatchObject({ deletedById: await rooms.userId('ann') });
    }
  });

  test('KT-9: a deleted message takes no edits, reactions or votes', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    const messageId = await rooms.postPoll('ann', roomId, { allowAddOption: true });
    await rooms.react('ann', { messageId }, '👍');
    await rooms.delete('ann', messageId);
    const before = await rooms.messages('ann', roomId);
    const conflict = { code: 'CONFLICT' };
    await expect(rooms.edit('ann', messageId, 'x')).rejects.toMatchObject(conflict);
    await expect(rooms.react('ann', { messageId }, '❤️')).rejects.toMatchObject(conflict);
    await expect(rooms.react('ann', { messageId }, undefined)).rejects.toMatchObject(conflict);
    await expect(rooms.vote('ann', messageId, 'a')).rejects.toMatchObject(conflict);
    await expect(rooms.addOption('ann', messageId, 'd')).rejects.toMatchObject(conflict);
    await expect(rooms.setTopic('ann', roomId, messageId)).rejects.toMatchObject(conflict);
    expect(await rooms.messages('ann', roomId)).toEqual(before);
  });

  test('KT-9: what the user has deleted for himself, he cannot change', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const { messageId } = await oneMessage(rooms);
    await chat.deleteConversation('ann', group('room-1'));
    await expect(rooms.edit('ann', messageId, 'x')).rejects.toMatchObject(NOT_FOUND);
    await expect(rooms.delete('ann', messageId)).rejects.toMatchObject(NOT_FOUND);
    await expect(rooms.react('ann', { messageId }, '👍')).rejects.toMatchObject(NOT_FOUND);
    expect(await rooms.message('bob', messageId)).toMatchObject({ isEdited: false, reactions: [] });
  });
});
