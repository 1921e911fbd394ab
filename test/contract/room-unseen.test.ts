import { expect, test } from 'vitest';
import { group } from '../support/chat.js';
import type { RoomChat } from '../support/room-chat.js';
import { describeEveryStore } from './store-contract.js';

async function unread(rooms: RoomChat, uid: string, roomId: number): Promise<number> {
  return (await rooms.room(uid, roomId)).unread;
}

describeEveryStore('unseen counts', (open) => {
  test('KT-7: messages and polls of others count, the header and other states do not', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    expect(await unread(rooms, 'bob', roomId)).toBe(0);
    await rooms.post('ann', roomId);
    await rooms.postPoll('ann', roomId);
    expect(await unread(rooms, 'bob', roomId)).toBe(2);
    for (const state of [1, 2, 7, 12, 21]) await rooms.post('ann', roomId, { state });
    expect(await unread(rooms, 'bob', roomId)).toBe(2);
    expect(await unread(rooms, 'ann', roomId)).toBe(0);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 2 }]);
  });

  test('KT-7: a list shows the same count as the room', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const ids = await rooms.postMany('ann', roomId, 5);
    await rooms.delete('ann', ids[1] ?? 0);
    expect((await rooms.list('bob')).rooms).toMatchObject([{ unread: 4 }]);
    expect((await rooms.messages('bob', roomId)).room).toMatchObject({ unread: 4 });
  });

  test('KT-7: a message that is deleted does not count any more, read or not', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const [first = 0] = await rooms.postMany('ann', roomId, 1);
    await rooms.markRead('bob', roomId);
    const [second = 0] = await rooms.postMany('ann', roomId, 2);
    await rooms.delete('ann', first);
    expect(await unread(rooms, 'bob', roomId)).toBe(2);
    await rooms.delete('ann', second);
    expect(await unread(rooms, 'bob', roomId)).toBe(1);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 1 }]);
    await rooms.delete('ann', second);
    expect(await unread(rooms, 'bob', roomId)).toBe(1);
  });

  test('KT-7: reading and posting make it 0, and what comes later counts again', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    await rooms.postMany('ann', roomId, 3);
    await rooms.markRead('bob', roomId);
    expect(await unread(rooms, 'bob', roomId)).toBe(0);
    await rooms.postMany('ann', roomId, 2);
    expect(await unread(rooms, 'bob', roomId)).toBe(2);
    await rooms.post('bob', roomId);
    expect(await unread(rooms, 'bob', roomId)).toBe(0);
    expect(await unread(rooms, 'ann', roomId)).toBe(1);
  });

  test('KT-7: edits, reactions and votes do not count', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const [messageId = 0] = await rooms.postMany('ann', roomId, 1);
    const polled = await rooms.postPoll('ann', roomId);
    await rooms.markRead('bob', roomId);
    await rooms.edit('ann', messageId, 'edited');
    await rooms.react('ann', { messageId }, '👍');
    await rooms.vote('ann', polled, 'a');
    expect(await unread(rooms, 'bob', roomId)).toBe(0);
  });

  test('KT-7: the last seen message is the newest up to which the user has read', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const seen = async (uid: string): Promise<unknown> => (await rooms.room(uid, roomId)).lastSeenId;
    expect(await seen('bob')).toBeUndefined();
    const ids = await rooms.postMany('ann', roomId, 3);
    expect(await seen('ann')).toBe(ids[2]);
    await chat.markRead('bob', group('room-1'), 3);
    expect(await seen('bob')).toBe(ids[1]);
    await rooms.markRead('bob', roomId);
    expect(await seen('bob')).toBe(ids[2]);
    await chat.join(group('room-1'), 'cat');
    expect(await seen('cat')).toBe(ids[2]);
    await rooms.post('bob', roomId);
    expect(await seen('ann')).toBe(ids[2]);
  });

  test('KT-7, KT-16: the marks and counts of the other dialect are the same', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const channel = group('room-1');
    for (const redDot of [true, false, true]) await chat.send('ann', channel, { redDot });
    expect(await unread(rooms, 'bob', roomId)).toBe(2);
    await chat.setUnread('bob', channel, 5);
    expect(await unread(rooms, 'bob', roomId)).toBe(5);
    await chat.setUnread('bob', channel, 1);
    expect(await unread(rooms, 'bob', roomId)).toBe(1);
    await rooms.post('ann', roomId, { state: 7 });
    await rooms.post('ann', roomId);
    await chat.setUnread('bob', channel, 1);
    expect(await unread(rooms, 'bob', roomId)).toBe(1);
    await chat.setUnread('bob', channel, 9);
    await rooms.markRead('bob', roomId);
    expect(await unread(rooms, 'bob', roomId)).toBe(0);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 0 }]);
  });

  test('KT-7: setting unread passes over what does not count', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const ids = await rooms.postMany('ann', roomId, 4);
    await rooms.post('ann', roomId, { state: 7 });
    await rooms.delete('ann', ids[2] ?? 0);
    for (const count of [3, 2, 1, 0]) {
      await chat.setUnread('bob', group('room-1'), count);
      expect(await unread(rooms, 'bob', roomId)).toBe(count);
    }
  });
});
