import { expect, test } from 'vitest';
import type { Room } from '../../src/domain/room.js';
import { VERSION_STEP } from '../../src/domain/version.js';
import { group } from '../support/chat.js';
import type { RoomChat } from '../support/room-chat.js';
import { describeEveryStore, type World } from './store-contract.js';

const DENIED = { code: 'PERMISSION_DENIED' };

/** What a user can do to his own state in a room, and what that is then. */
const OWN_CHANGES: Record<
  string,
  { act: (rooms: RoomChat, roomId: number) => Promise<void>; after: Partial<Room> }
> = {
  'stopping to follow': { act: (rooms, id) => rooms.follow('bob', id, false), after: { isFollowing: false } },
  'following again': { act: (rooms, id) => rooms.follow('bob', id), after: { isFollowing: true } },
  muting: { act: (rooms, id) => rooms.mute('bob', id), after: { isMuted: true } },
  'ending that': { act: (rooms, id) => rooms.mute('bob', id, false), after: { isMuted: false } },
  reading: { act: (rooms, id) => rooms.markRead('bob', id), after: { unread: 0 } },
};

/** A room of ann and bob with something unread for bob, and with the channel `room-1`. */
async function openRoom({ rooms }: World): Promise<number> {
  const roomId = await rooms.create('ann', { memberUids: ['bob'] });
  await rooms.post('ann', roomId);
  return roomId;
}

describeEveryStore('the state of a room', (open) => {
  test('KT-12: what a user does to his own state changes the room for all his devices, and for him alone', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const roomId = await openRoom(world);
    const before = await rooms.room('ann', roomId);
    for (const [name, { act, after }] of Object.entries(OWN_CHANGES)) {
      clock.move(1000);
      await act(rooms, roomId);
      const version = await rooms.position();
      expect([name, await rooms.room('bob', roomId)]).toMatchObject([name, { ...after, version }]);
      expect(await rooms.chat.rows('bob')).toMatchObject([{ version }]);
    }
    expect(await rooms.room('ann', roomId)).toEqual(before);
  });

  test('KT-12: what changes nothing moves nothing', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const roomId = await openRoom(world);
    for (const { act } of Object.values(OWN_CHANGES)) {
      await act(rooms, roomId);
      const before = await rooms.page('bob', roomId);
      const version = await rooms.position();
      clock.move(1000);
      await act(rooms, roomId);
      expect(await rooms.page('bob', roomId)).toEqual(before);
      expect(await rooms.position()).toBe(version);
    }
  });

  test('KT-12: only members have such a state; others learn nothing, not even whether there is a room', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await openRoom(world);
    const secret = await rooms.create('ann', { isSecret: true });
    await chat.leave(group('room-1'), 'bob');
    const before = await rooms.position();
    for (const uid of ['bob', 'eve']) {
      for (const id of [roomId, secret, 999]) {
        await expect(rooms.mute(uid, id)).rejects.toMatchObject(DENIED);
        await expect(rooms.markRead(uid, id)).rejects.toMatchObject(DENIED);
        await expect(rooms.follow(uid, id, false)).rejects.toMatchObject(DENIED);
        await expect(rooms.update(uid, id, { title: 'x' })).rejects.toMatchObject(DENIED);
        await expect(rooms.setTopic(uid, id, 1)).rejects.toMatchObject(DENIED);
      }
      for (const id of [secret, 999]) await expect(rooms.follow(uid, id)).rejects.toMatchObject(DENIED);
    }
    expect(await rooms.position()).toBe(before);
  });

  test('KT-12: following makes a member of one who is not, with one version', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await openRoom(world);
    const before = await rooms.position();
    await rooms.follow('cat', roomId);
    const version = before + VERSION_STEP;
    expect(await rooms.room('cat', roomId)).toMatchObject({ isFollowing: true, unread: 0, version });
    expect(await rooms.position()).toBe(version);
    expect(await chat.members(group('room-1'))).toEqual(['ann', 'bob', 'cat']);
    expect(await rooms.seqs('cat', roomId)).toEqual([1, 2]);
    await rooms.post('cat', roomId);
    expect(await rooms.room('bob', roomId)).toMatchObject({ unread: 2 });
  });

  test('KT-12: who was removed while he did not follow comes back by following, with one version', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await openRoom(world);
    await rooms.follow('bob', roomId, false);
    await chat.leave(group('room-1'), 'bob');
    const before = await rooms.position();
    await rooms.follow('bob', roomId);
    expect(await rooms.position()).toBe(before + VERSION_STEP);
    expect(await rooms.ids('bob')).toEqual([roomId]);
  });

  test('KT-12: secret and direct rooms have only the members that they were given', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const secret = await rooms.create('ann', { isSecret: true, memberUids: ['bob'] });
    const direct = await rooms.openDirect('ann', 'bob');
    for (const id of [secret, direct]) {
      await expect(rooms.follow('eve', id)).rejects.toMatchObject(DENIED);
      await rooms.follow('bob', id, false);
      await rooms.follow('bob', id);
      expect(await rooms.room('bob', id)).toMatchObject({ isFollowing: true });
    }
    await chat.leave(group('room-1'), 'bob');
    await expect(rooms.follow('bob', secret)).rejects.toMatchObject(DENIED);
  });

  test('KT-12: a deleted room has no new followers', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await openRoom(world);
    await chat.deleteChannel(group('room-1'));
    await expect(rooms.follow('eve', roomId)).rejects.toMatchObject(DENIED);
  });

  test('KT-12: any member pins a message as the topic, which changes the room for everyone', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const roomId = await openRoom(world);
    const [first = 0, second = 0] = await rooms.postMany('ann', roomId, 2);
    for (const topicId of [first, second]) {
      clock.move(1000);
      const before = await rooms.message('ann', topicId);
      await rooms.setTopic('bob', roomId, topicId);
      const version = await rooms.position();
      for (const uid of ['ann', 'bob']) {
        expect(await rooms.room(uid, roomId)).toMatchObject({ topicId, version });
      }
      expect(await rooms.message('ann', topicId)).toEqual(before);
      clock.move(1000);
      await rooms.setTopic('ann', roomId, topicId);
      expect(await rooms.position()).toBe(version);
    }
  });

  test('KT-12: a topic is a message of its own room that its setter can see', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await openRoom(world);
    const [hidden = 0] = await rooms.postMany('ann', roomId, 1);
    const { messageId: elsewhere } = await rooms.post('ann', await rooms.create('ann'));
    await chat.deleteConversation('bob', group('room-1'));
    for (const [uid, messageId] of [
      ['bob', hidden],
      ['ann', elsewhere],
      ['ann', 999],
    ] as const) {
      await expect(rooms.setTopic(uid, roomId, messageId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await rooms.room('ann', roomId)).toMatchObject({ topicId: undefined });
  });

  test('KT-12: its creator or a manager changes what is given of a room', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const roomId = await openRoom(world);
    await expect(rooms.update('bob', roomId, { title: 'x' })).rejects.toMatchObject(DENIED);
    await rooms.putUser('bob', { isManager: true });
    const changes = [
      { title: 'Title' },
      { header: 'Header' },
      { imageUrl: 'https://a/b' },
      { tag: 'x' },
      { title: 'Other', header: '', imageUrl: '', tag: '' },
    ];
    for (const [index, given] of changes.entries()) {
      const before = await rooms.room('ann', roomId);
      clock.move(1000);
      await rooms.update(index % 2 === 0 ? 'ann' : 'bob', roomId, given);
      const version = await rooms.position();
      const changed = { ...before, ...given, version };
      const hasOwnHeader = index > 0 && changed.header !== '';
      const header = hasOwnHeader ? changed.header : changed.title;
      expect(await rooms.room('ann', roomId)).toEqual({ ...changed, header });
      clock.move(1000);
      await rooms.update('ann', roomId, given);
      await rooms.update('ann', roomId, {});
      expect(await rooms.position()).toBe(version);
    }
  });
});
