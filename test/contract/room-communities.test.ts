import { expect, test } from 'vitest';
import { SYSTEM_UID } from '../../src/domain/channel.js';
import { group, pair } from '../support/chat.js';
import { RoomChat } from '../support/room-chat.js';
import { describeEveryStore } from './store-contract.js';

describeEveryStore('communities and users', (open) => {
  test('KT-14: a community is found by its id', async () => {
    await using world = await open();
    const { store } = world;
    const plain = { imageUrl: undefined, purpose: undefined };
    expect(await store.findCommunity(1)).toEqual({ id: 1, name: 'default', ...plain });
    expect(await store.findCommunity(2)).toBeUndefined();
    const id = await store.createCommunity({ name: 'two' });
    expect(await store.findCommunity(id)).toEqual({ id, name: 'two', ...plain });
  });

  test('KT-14: a community is found by its API key, and by the former one no more', async () => {
    await using world = await open();
    const { store } = world;
    const communityId = await store.createCommunity({ name: 'two' });
    expect(await store.findCommunityByKey('a')).toBeUndefined();
    await store.setApiKey({ communityId, apiKeyHash: 'a' });
    await store.setApiKey({ communityId: 1, apiKeyHash: 'b' });
    expect(await store.findCommunityByKey('a')).toMatchObject({ id: communityId, name: 'two' });
    expect(await store.findCommunityByKey('b')).toMatchObject({ id: 1 });
    await store.setApiKey({ communityId, apiKeyHash: 'c' });
    await store.setApiKey({ communityId, apiKeyHash: 'c' });
    expect(await store.findCommunityByKey('a')).toBeUndefined();
    expect(await store.findCommunityByKey('c')).toMatchObject({ id: communityId });
    expect(await store.findCommunityByKey('')).toBeUndefined();
  });

  test('KT-14: a community that does not exist has no API key', async () => {
    await using world = await open();
    const { store } = world;
    await expect(store.setApiKey({ communityId: 7, apiKeyHash: 'a' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await store.findCommunityByKey('a')).toBeUndefined();
  });

  test('KT-14: writes to a community that does not exist are NOT_FOUND', async () => {
    await using world = await open();
    const { store } = world;
    const scope = { communityId: 7, userId: 1 };
    const notFound = { code: 'NOT_FOUND' };
    await expect(store.putUser({ communityId: 7, uid: 'ann' })).rejects.toMatchObject(notFound);
    await expect(store.openDirectRoom({ ...scope, peer: { id: 1 } })).rejects.toMatchObject(notFound);
    await expect(store.deleteMessages({ ...scope, messageIds: [1] })).rejects.toMatchObject(notFound);
    await expect(store.setMuted({ ...scope, roomId: 1, value: true })).rejects.toMatchObject(notFound);
    expect(await store.findUser({ communityId: 7, uid: SYSTEM_UID })).toBeUndefined();
    expect(await store.findUser({ communityId: 7, id: 1 })).toBeUndefined();
  });

  test('KT-15: a user comes into being with his profile, and is found by uid and by id', async () => {
    await using world = await open();
    const { clock, rooms, store } = world;
    const profile = { name: 'Ann', imageUrl: 'https://a/b', isGuest: true, isManager: true };
    const user = await rooms.putUser('ann', profile);
    const createdAtMs = clock.nowMs();
    expect(user).toEqual({ id: expect.any(Number), uid: 'ann', ...profile, createdAtMs });
    clock.move(1000);
    expect(await store.findUser({ communityId: 1, uid: 'ann' })).toEqual(user);
    expect(await store.findUser({ communityId: 1, id: user.id })).toEqual(user);
    expect(await store.findUser({ communityId: 1, uid: 'Ann' })).toBeUndefined();
    expect(await store.findUser({ communityId: 1, id: 999 })).toBeUndefined();
  });

  test('KT-15: what is given of a profile is changed, the rest stays', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const first = await rooms.putUser('ann', { name: 'Ann', imageUrl: 'x', isGuest: true, isManager: true });
    const steps = [
      [{ name: 'Anna' }, { name: 'Anna' }],
      [{ imageUrl: 'y' }, { name: 'Anna', imageUrl: 'y' }],
      [{ isGuest: false }, { name: 'Anna', imageUrl: 'y', isGuest: false }],
      [{ isManager: false }, { name: 'Anna', imageUrl: 'y', isGuest: false, isManager: false }],
      [{}, { name: 'Anna', imageUrl: 'y', isGuest: false, isManager: false }],
    ] as const;
    for (const [given, changed] of steps) {
      clock.move(1000);
      expect(await rooms.putUser('ann', given)).toEqual({ ...first, ...changed });
    }
  });

  test('KT-15: who has no name goes by his uid, everywhere', async () => {
    await using world = await open();
    const { chat, rooms, store } = world;
    await chat.send('ann', group('team'));
    expect(await rooms.putUser('ann', { name: '' })).toMatchObject({ name: 'ann', isGuest: false });
    expect(await store.findUser({ communityId: 1, uid: 'ann' })).toMatchObject({ name: 'ann' });
    const roomId = await rooms.idOf('ann', group('team'));
    const { references } = await rooms.messages('ann', roomId);
    expect(references.users.find(({ uid }) => uid === 'ann')).toMatchObject({ name: 'ann' });
    await rooms.putUser('ann', { name: 'Ann' });
    expect(await rooms.putUser('ann', { name: '' })).toMatchObject({ name: 'ann' });
  });

  test('KT-15: profiles take no version: they are no part of a conversation', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    await chat.send('ann', group('team'));
    const before = await rooms.position();
    await rooms.putUser('ann', { name: 'Ann' });
    await rooms.putUser('new', { name: 'New' });
    expect(await rooms.position()).toBe(before);
  });

  test('KT-15: the system is a user of every community, with the lowest id', async () => {
    await using world = await open();
    const { chat, rooms, store } = world;
    const communityId = await store.createCommunity({ name: 'two' });
    for (const id of [1, communityId]) {
      const system = await store.findUser({ communityId: id, uid: SYSTEM_UID });
      expect(system).toMatchObject({ uid: SYSTEM_UID, name: 'System', isManager: false });
      expect(system?.id).toBeLessThan((await store.putUser({ communityId: id, uid: 'ann' })).id);
    }
    await chat.send(SYSTEM_UID, pair(SYSTEM_UID, 'ann'));
    const { rooms: rows } = await rooms.list('ann');
    expect(rows).toMatchObject([{ title: 'System', creatorId: await rooms.userId(SYSTEM_UID) }]);
  });

  test('KT-15: the same uid in another community is another user', async () => {
    await using world = await open();
    const { rooms, store } = world;
    const other = new RoomChat(store, await store.createCommunity({ name: 'two' }));
    await rooms.putUser('ann', { name: 'Here', isManager: true });
    await other.putUser('bob', { name: 'Bob' });
    await other.putUser('ann', { name: 'There' });
    expect(await rooms.putUser('ann')).toMatchObject({ name: 'Here', isManager: true });
    expect(await other.putUser('ann')).toMatchObject({ name: 'There', isManager: false });
    expect(await store.findUser({ communityId: 1, uid: 'bob' })).toBeUndefined();
  });
});
