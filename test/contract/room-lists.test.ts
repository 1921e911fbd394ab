import { expect, test } from 'vitest';
import { VERSION_STEP, type Version } from '../../src/domain/version.js';
import type { VersionRange } from '../../src/ports/room-store.js';
import { group } from '../support/chat.js';
import { ALL_VERSIONS, type RoomChat } from '../support/room-chat.js';
import { describeEveryStore } from './store-contract.js';

const ORDERS = ['changed', 'lastMessage'] as const;

function above(from: number): VersionRange {
  return { ...ALL_VERSIONS, from: (from + VERSION_STEP) as Version };
}

function upTo(to: number): VersionRange {
  return { ...ALL_VERSIONS, to: to as Version };
}

/** Three rooms of ann and bob, in the order in which they were made. */
async function threeRooms(rooms: RoomChat): Promise<[number, number, number]> {
  const create = (): Promise<number> => rooms.create('ann', { memberUids: ['bob'] });
  return [await create(), await create(), await create()];
}

describeEveryStore('lists of rooms', (open) => {
  test('KT-1: listed are the rooms that a user is a member of and follows', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const [left, unfollowed, kept] = await threeRooms(rooms);
    await rooms.create('ann');
    await chat.leave(group('room-1'), 'bob');
    await rooms.follow('bob', unfollowed, false);
    for (const order of ORDERS) {
      expect(await rooms.ids('bob', { order })).toEqual([kept]);
      expect(await rooms.ids('nobody', { order })).toEqual([]);
    }
    await rooms.follow('bob', unfollowed);
    await chat.join(group('room-1'), 'bob');
    expect(await rooms.ids('bob')).toEqual([left, unfollowed, kept]);
    expect(await rooms.ids('bob', { order: 'lastMessage' })).toEqual([kept, unfollowed, left]);
  });

  test('KT-1: a user who was removed follows the room when he is added again', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    await rooms.follow('bob', roomId, false);
    await rooms.mute('bob', roomId);
    await chat.leave(group('room-1'), 'bob');
    await chat.join(group('room-1'), 'bob');
    expect(await rooms.list('bob')).toMatchObject({
      rooms: [{ id: roomId, isFollowing: true, isMuted: false }],
    });
  });

  test('KT-1: an empty list has its community all the same', async () => {
    await using world = await open();
    const references = { community: { id: 1, name: 'default' }, users: [], messages: [] };
    expect(await world.rooms.list('nobody')).toMatchObject({ rooms: [], references });
  });

  test('KT-1: by changes, whatever changes comes to the front, for everyone or for one', async () => {
    await using world = await open();
    const { rooms } = world;
    const [a, b, c] = await threeRooms(rooms);
    expect(await rooms.ids('bob')).toEqual([c, b, a]);
    await rooms.mute('bob', b);
    expect(await rooms.ids('bob')).toEqual([b, c, a]);
    expect(await rooms.ids('ann')).toEqual([c, b, a]);
    await rooms.post('ann', a);
    expect(await rooms.ids('bob')).toEqual([a, b, c]);
    await rooms.update('ann', c, { title: 'Renamed' });
    for (const uid of ['ann', 'bob']) {
      const { rooms: rows } = await rooms.list(uid);
      expect(rows[0]).toMatchObject({ id: c, title: 'Renamed', version: await rooms.position() });
    }
  });

  test('KT-1: by last messages, only a message moves a room', async () => {
    await using world = await open();
    const { rooms } = world;
    const [a, b, c] = await threeRooms(rooms);
    const order = 'lastMessage';
    await rooms.mute('bob', a);
    await rooms.update('ann', b, { title: 'Renamed' });
    expect(await rooms.ids('bob', { order })).toEqual([c, b, a]);
    const { messageId } = await rooms.post('ann', a);
    expect(await rooms.ids('bob', { order })).toEqual([a, c, b]);
    await rooms.post('ann', b);
    await rooms.edit('ann', messageId, 'edited');
    await rooms.react('bob', { messageId }, '👍');
    expect(await rooms.ids('bob', { order })).toEqual([b, a, c]);
    await rooms.post('ann', c, { state: 12 });
    expect(await rooms.ids('bob', { order })).toEqual([b, a, c]);
    expect(await rooms.ids('bob', { order, messageStates: [12] })).toEqual([c]);
  });

  test('KT-1: both ends of the range are inclusive', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const ids: number[] = [];
    const versions: Version[] = [];
    for (let index = 0; index < 4; index += 1) {
      clock.move(1000);
      ids.unshift(await rooms.create('ann'));
      versions.unshift(await rooms.position());
    }
    const [, newer, older] = versions as [Version, Version, Version];
    for (const order of ORDERS) {
      const listed = (range: VersionRange): Promise<number[]> => rooms.ids('ann', { order, range });
      expect(await listed({ from: older, to: newer })).toEqual([ids[1], ids[2]]);
      expect(await listed({ from: newer, to: newer })).toEqual([ids[1]]);
      expect(await listed({ from: newer, to: older })).toEqual([]);
      expect(await listed(above(newer))).toEqual([ids[0]]);
      expect(await listed(upTo(older - VERSION_STEP))).toEqual([ids[3]]);
    }
  });

  test('KT-1: by changes, a row has changed since only if its room or the own state in it has', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const [a, b] = await threeRooms(rooms);
    const since = above(await rooms.position());
    const changed = (uid: string): Promise<number[]> => rooms.ids(uid, { range: since });
    expect(await changed('bob')).toEqual([]);
    await rooms.mute('bob', a);
    await rooms.markRead('bob', b);
    expect(await changed('bob')).toEqual([b, a]);
    expect(await changed('ann')).toEqual([]);
    await chat.join(group('room-2'), 'cat');
    expect(await changed('ann')).toEqual([]);
    await rooms.setTopic('bob', a, (await rooms.messages('bob', a)).messages[0]?.id ?? 0);
    expect(await changed('ann')).toEqual([a]);
  });

  test('KT-1: rooms are filtered by their types, by one id, and by a tag', async () => {
    await using world = await open();
    const { rooms } = world;
    const plain = await rooms.create('ann', { tag: 'x' });
    const news = await rooms.create('ann', { roomType: 7, tag: 'y' });
    const event = await rooms.create('ann', { roomType: 2, tag: 'x' });
    const direct = await rooms.openDirect('ann', (await rooms.putUser('bob')).uid);
    await rooms.post('ann', direct);
    for (const order of ORDERS) {
      const roomTypes = [0, 2, 7, 10];
      expect(await rooms.ids('ann', { order, roomTypes })).toEqual([direct, event, news, plain]);
      expect(await rooms.ids('ann', { order, roomTypes: [0, 7] })).toEqual([news, plain]);
      expect(await rooms.ids('ann', { order, roomTypes: [10] })).toEqual([direct]);
      expect(await rooms.ids('ann', { order, roomTypes: [] })).toEqual([]);
      expect(await rooms.ids('ann', { order, roomTypes, roomId: event })).toEqual([event]);
      expect(await rooms.ids('ann', { order, roomTypes: [0], roomId: event })).toEqual([]);
      expect(await rooms.ids('ann', { order, roomTypes, roomId: 999 })).toEqual([]);
      expect(await rooms.ids('ann', { order, roomTypes, tag: 'x' })).toEqual([event, plain]);
      expect(await rooms.ids('ann', { order, roomTypes, tag: '' })).toEqual([]);
    }
    await rooms.update('ann', plain, { tag: 'z' });
    expect(await rooms.ids('ann', { tag: 'z' })).toEqual([plain]);
  });

  test('KT-1: a room is as it was made', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const face = { roomType: 7, title: 'News', header: 'What is new', imageUrl: 'https://a/b', tag: 'x' };
    const id = await rooms.create('ann', { ...face, channelId: 'news', isSecret: true, memberUids: ['bob'] });
    const createdAtMs = clock.nowMs();
    const creatorId = await rooms.userId('ann');
    const [room] = (await rooms.list('bob')).rooms;
    expect(room).toEqual({
      ...face,
      id,
      channel: group('news'),
      isSecret: true,
      creatorId,
      peerId: undefined,
      createdAtMs,
      version: await rooms.position(),
      isFollowing: true,
      isMuted: false,
      unread: 0,
      lastSeenId: undefined,
      lastMessageId: expect.any(Number),
      topicId: undefined,
    });
    expect(await rooms.room('ann', id)).toMatchObject({ lastSeenId: room?.lastMessageId });
  });

  test('KT-1: a room without a header goes by its title, also as that changes', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann', { title: 'Before' });
    expect(await rooms.room('ann', roomId)).toMatchObject({ title: 'Before', header: 'Before' });
    await rooms.update('ann', roomId, { title: 'After' });
    expect(await rooms.room('ann', roomId)).toMatchObject({ title: 'After', header: 'After' });
    await rooms.update('ann', roomId, { header: 'Own' });
    expect(await rooms.room('ann', roomId)).toMatchObject({ title: 'After', header: 'Own' });
  });

  test('KT-1: rooms have the members that they were made with, once each', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    await rooms.create('ann', { memberUids: ['bob', 'ann', 'new', 'bob'] });
    expect((await chat.members(group('room-1'))).toSorted()).toEqual(['ann', 'bob', 'new']);
    expect(await rooms.ids('new')).toHaveLength(1);
  });

  test('KT-1: the id under which the other dialect knows a room must be new', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    await chat.send('bob', group('taken'));
    const before = await rooms.position();
    await expect(rooms.create('ann', { channelId: 'taken' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await rooms.position()).toBe(before);
    expect(await rooms.ids('ann')).toEqual([]);
  });

  test('KT-2: a new room has its header as its last message', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const plain = await rooms.create('ann', { title: 'Plain' });
    const headed = await rooms.create('ann', { title: 'Headed', header: 'Its header' });
    const { rooms: rows, references } = await rooms.list('ann');
    const texts = rows.map(({ lastMessageId }) => {
      const message = references.messages.find(({ id }) => id === lastMessageId);
      return [message?.roomId, message?.state, message?.text];
    });
    expect(texts).toEqual([
      [headed, 1, 'Its header'],
      [plain, 1, 'Plain'],
    ]);
    const { messages } = await chat.messages('ann', group('room-2'));
    expect(messages.map(({ payload }) => String(payload))).toEqual(['{"type":1,"content":"Its header"}']);
  });

  test('KT-2: the last message is the newest in a state that was asked for', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    const header = (await rooms.room('ann', roomId)).lastMessageId;
    const { messageId: plain } = await rooms.post('ann', roomId);
    const { messageId: joined } = await rooms.post('ann', roomId, { state: 7 });
    const poll = await rooms.postPoll('ann', roomId);
    const { messageId: topic } = await rooms.post('ann', roomId, { state: 12 });
    for (const order of ORDERS) {
      const last = async (...messageStates: number[]): Promise<unknown> =>
        (await rooms.list('ann', { order, messageStates })).rooms.map(({ lastMessageId }) => lastMessageId);
      expect(await last(0, 1, 10)).toEqual([poll]);
      expect(await last(0, 1)).toEqual([plain]);
      expect(await last(1)).toEqual([header]);
      expect(await last(7, 0)).toEqual([joined]);
      expect(await last(12, 0)).toEqual([topic]);
      expect(await last(9)).toEqual([]);
      expect(await last()).toEqual([]);
    }
    expect(await rooms.room('ann', roomId)).toMatchObject({ lastMessageId: topic });
  });

  test('KT-2: a deleted message stays the last one', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    const { messageId } = await rooms.post('ann', roomId);
    await rooms.delete('ann', messageId);
    const { rooms: rows, references } = await rooms.list('ann');
    expect(rows).toMatchObject([{ lastMessageId: messageId }]);
    expect(references.messages).toMatchObject([{ id: messageId, deletedById: await rooms.userId('ann') }]);
  });

  test('KT-2: a room without a visible last message is left out, until there is one', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    await chat.join(group('empty'), 'ann');
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    await chat.deleteConversation('bob', group('room-1'));
    for (const order of ORDERS) expect(await rooms.ids('bob', { order })).toEqual([]);
    expect(await rooms.ids('ann')).toEqual([roomId]);
    expect(await rooms.room('bob', roomId)).toMatchObject({
      lastMessageId: undefined,
      lastSeenId: undefined,
      unread: 0,
    });
    const { messageId } = await rooms.post('ann', roomId, { state: 7 });
    expect(await rooms.ids('bob')).toEqual([]);
    expect(await rooms.room('bob', roomId)).toMatchObject({ lastMessageId: messageId });
    await rooms.post('ann', roomId);
    for (const order of ORDERS) expect(await rooms.ids('bob', { order })).toEqual([roomId]);
  });
});
