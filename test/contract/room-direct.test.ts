import { expect, test } from 'vitest';
import { pair } from '../support/chat.js';
import { describeEveryStore } from './store-contract.js';

describeEveryStore('direct rooms', (open) => {
  test('KT-13: two users have one direct room, whoever opens it, and both are members', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    await rooms.putUser('bob');
    const roomId = await rooms.openDirect('ann', 'bob');
    const version = await rooms.position();
    expect(await rooms.openDirect('bob', 'ann')).toBe(roomId);
    expect(await rooms.openDirect('ann', 'bob')).toBe(roomId);
    expect(await rooms.position()).toBe(version);
    expect(await chat.members(pair('ann', 'bob'))).toEqual(['bob', 'ann']);
    for (const uid of ['ann', 'bob']) {
      expect(await rooms.room(uid, roomId)).toMatchObject({
        channel: pair('ann', 'bob'),
        roomType: 10,
        isSecret: false,
        isFollowing: true,
        unread: 0,
        version,
        lastMessageId: undefined,
      });
      expect(await rooms.ids(uid)).toEqual([]);
    }
  });

  test('KT-13: a peer is named by uid or by id, and must be there', async () => {
    await using world = await open();
    const { rooms, store } = world;
    const userId = await rooms.userId('ann');
    const peerId = await rooms.userId('bob');
    const openWith = (peer: { uid: string } | { id: number }): Promise<number> =>
      store.openDirectRoom({ communityId: 1, userId, peer });
    expect(await openWith({ id: peerId })).toBe(await openWith({ uid: 'bob' }));
    for (const peer of [{ uid: 'eve' }, { id: 999 }]) {
      await expect(openWith(peer)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await store.findUser({ communityId: 1, uid: 'eve' })).toBeUndefined();
  });

  test('KT-13: one of the two counts as its creator, the other as the peer, the same for both', async () => {
    await using world = await open();
    const { rooms } = world;
    const bobId = await rooms.userId('bob');
    const annId = await rooms.userId('ann');
    const roomId = await rooms.openDirect('ann', 'bob');
    for (const uid of ['ann', 'bob']) {
      const { rooms: rows, references } = await rooms.page(uid, roomId);
      expect(rows).toMatchObject([{ creatorId: bobId, peerId: annId }]);
      expect(references.users.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([bobId, annId]);
    }
  });

  test('KT-13: a direct room goes by the name of the other', async () => {
    await using world = await open();
    const { rooms } = world;
    await rooms.putUser('bob');
    const roomId = await rooms.openDirect('ann', 'bob');
    expect(await rooms.room('ann', roomId)).toMatchObject({ title: 'bob', header: 'bob' });
    await rooms.putUser('bob', { name: 'Bob' });
    await rooms.putUser('ann', { name: 'Ann' });
    expect(await rooms.room('ann', roomId)).toMatchObject({ title: 'Bob', header: 'Bob' });
    expect(await rooms.room('bob', roomId)).toMatchObject({ title: 'Ann', header: 'Ann' });
  });

  test('KT-13: notes to oneself are a direct room with oneself', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const { id } = await rooms.putUser('ann', { name: 'Ann' });
    const roomId = await rooms.openDirect('ann', 'ann');
    const version = await rooms.position();
    expect(await rooms.openDirect('ann', 'ann')).toBe(roomId);
    expect(await rooms.position()).toBe(version);
    expect(await chat.members(pair('ann', 'ann'))).toEqual(['ann']);
    expect(await rooms.room('ann', roomId)).toMatchObject({ creatorId: id, peerId: id, title: 'Ann' });
    await rooms.post('ann', roomId);
    expect(await rooms.list('ann')).toMatchObject({ rooms: [{ id: roomId, unread: 0 }] });
  });

  test('KT-13, KT-16: the person channel of the other dialect is the same room', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    await chat.send('ann', pair('ann', 'bob'));
    const roomId = await rooms.idOf('bob', pair('ann', 'bob'));
    expect(await rooms.openDirect('bob', 'ann')).toBe(roomId);
    await rooms.post('bob', roomId);
    expect(await rooms.list('ann')).toMatchObject({ rooms: [{ id: roomId, roomType: 10, unread: 1 }] });
    expect(await chat.rows('ann')).toMatchObject([{ channel: pair('ann', 'bob'), unread: 1, lastSeq: 2 }]);
  });

  test('KT-13: opening makes both memberships where there are not both', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    await rooms.putUser('bob');
    await chat.setUnread('ann', pair('ann', 'bob'), 1);
    const roomId = await rooms.openDirect('ann', 'bob');
    expect((await chat.members(pair('ann', 'bob'))).toSorted()).toEqual(['ann', 'bob']);
    expect(await rooms.room('ann', roomId)).toMatchObject({ unread: 1 });
    await chat.leave(pair('ann', 'bob'), 'bob');
    await expect(rooms.room('bob', roomId)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await rooms.openDirect('ann', 'bob')).toBe(roomId);
    expect(await rooms.room('bob', roomId)).toMatchObject({ title: 'ann' });
  });

  test('KT-13: a room that one side marked as unread takes its first post to both', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    await rooms.putUser('bob');
    await chat.setUnread('ann', pair('ann', 'bob'), 1);
    const [conversation] = await chat.rows('ann');
    expect(conversation?.channel).toEqual(pair('ann', 'bob'));
    // The only channel so far, so that its room has the first number.
    await rooms.post('ann', 1);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 1 }]);
    expect(await rooms.list('bob')).toMatchObject({ rooms: [{ id: 1, title: 'ann', unread: 1 }] });
  });

  test('KT-13: strangers do not see a direct room', async () => {
    await using world = await open();
    const { rooms } = world;
    await rooms.putUser('bob');
    await rooms.putUser('boss', { isManager: true });
    const roomId = await rooms.openDirect('ann', 'bob');
    await rooms.post('ann', roomId);
    for (const uid of ['boss', 'eve']) {
      await expect(rooms.room(uid, roomId)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
      await expect(rooms.messages(uid, roomId)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
      expect(await rooms.ids(uid)).toEqual([]);
    }
  });
});
