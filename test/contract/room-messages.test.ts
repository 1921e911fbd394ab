import { expect, test } from 'vitest';
import { VERSION_STEP, type Version } from '../../src/domain/version.js';
import { group } from '../support/chat.js';
import { ALL_VERSIONS, type RoomChat } from '../support/room-chat.js';
import { describeEveryStore } from './store-contract.js';

const UPDATED = { order: 'updated' } as const;

/** A room of ann and bob with its header and `count` messages, and the ids of these. */
async function openRoom(rooms: RoomChat, count: number): Promise<{ roomId: number; ids: number[] }> {
  const roomId = await rooms.create('ann', { memberUids: ['bob'] });
  return { roomId, ids: await rooms.postMany('ann', roomId, count) };
}

describeEveryStore('messages of a room', (open) => {
  test('KT-4: messages are listed by seq, whatever their state, in both directions', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId, ids } = await openRoom(rooms, 2);
    await rooms.post('bob', roomId, { state: 7 });
    await rooms.delete('ann', ids[0] ?? 0);
    expect(await rooms.seqs('bob', roomId)).toEqual([1, 2, 3, 4]);
    expect(await rooms.seqs('bob', roomId, { direction: 'descending' })).toEqual([4, 3, 2, 1]);
  });

  test('KT-4: by change, messages are listed by when they changed last', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId, ids } = await openRoom(rooms, 3);
    await rooms.edit('ann', ids[0] ?? 0, 'edited');
    await rooms.react('bob', { messageId: ids[2] ?? 0 }, '👍');
    expect(await rooms.seqs('bob', roomId, UPDATED)).toEqual([1, 3, 2, 4]);
    expect(await rooms.seqs('bob', roomId, { ...UPDATED, direction: 'descending' })).toEqual([4, 2, 3, 1]);
  });

  test('KT-4: messages that changed at once are listed by seq', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId, ids } = await openRoom(rooms, 3);
    await rooms.delete('ann', ids[1] ?? 0, ids[0] ?? 0);
    expect(await rooms.seqs('bob', roomId, UPDATED)).toEqual([1, 4, 2, 3]);
    expect(await rooms.seqs('bob', roomId, { ...UPDATED, direction: 'descending' })).toEqual([3, 2, 4, 1]);
  });

  test('KT-4: the range is of the last change, whatever the order, and both its ends are inclusive', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const { roomId } = await openRoom(rooms, 0);
    const versions: Version[] = [await rooms.position()];
    const ids: number[] = [];
    for (let index = 0; index < 3; index += 1) {
      clock.move(1000);
      ids.push(...(await rooms.postMany('ann', roomId, 1)));
      versions.push(await rooms.position());
    }
    const [one, two, three, four] = versions as [Version, Version, Version, Version];
    for (const order of ['created', 'updated'] as const) {
      const listed = (from: number, to: number): Promise<number[]> =>
        rooms.seqs('bob', roomId, { order, range: { from: from as Version, to: to as Version } });
      expect(await listed(two, three)).toEqual([2, 3]);
      expect(await listed(two, two)).toEqual([2]);
      expect(await listed(three, two)).toEqual([]);
      expect(await listed(two + VERSION_STEP, four - VERSION_STEP)).toEqual([3]);
    }
    await rooms.edit('ann', ids[0] ?? 0, 'edited');
    const edited = await rooms.position();
    for (const order of ['created', 'updated'] as const) {
      expect(await rooms.seqs('bob', roomId, { order, range: { from: one, to: three } })).toEqual([1, 3]);
      expect(await rooms.seqs('bob', roomId, { order, range: { from: edited, to: edited } })).toEqual([2]);
    }
  });

  test('KT-4: messages in excluded states are left out', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId } = await openRoom(rooms, 1);
    await rooms.post('ann', roomId, { state: 7 });
    await rooms.postPoll('ann', roomId);
    expect(await rooms.seqs('bob', roomId, { excludedStates: [7] })).toEqual([1, 2, 4]);
    expect(await rooms.seqs('bob', roomId, { excludedStates: [1, 0, 10] })).toEqual([3]);
    expect(await rooms.seqs('bob', roomId, { excludedStates: [0, 1, 7, 10] })).toEqual([]);
  });

  test('KT-4: one message can be asked for, of this room only', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId, ids } = await openRoom(rooms, 3);
    const other = await openRoom(rooms, 1);
    const [messageId = 0] = ids;
    expect(await rooms.seqs('bob', roomId, { messageId })).toEqual([2]);
    expect(await rooms.seqs('bob', roomId, { messageId, page: 2, size: 1 })).toEqual([]);
    for (const unknown of [0, 999, other.ids[0] ?? 0]) {
      await expect(rooms.messages('bob', roomId, { messageId: unknown })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
  });

  test('KT-4: a message comes back as it was posted', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const { roomId } = await openRoom(rooms, 0);
    const extras = { og_tags: { title: 'x' }, share_link: 'https://a/b', nothing: null, unset: undefined };
    const attachments = [
      { type: 'image', url: 'https://a/1', meta: { size: 3 } },
      { type: 'pdf', url: 'https://a/2', name: 'b' },
    ];
    const widget = { id: 'w-1', metadata: { a: [1, 2, { b: 'c' }] } };
    const posted = { clientMsgNo: 'it’s 🐟', text: 'Hello 🐟', extras, attachments, widget };
    const { messageId, seq } = await rooms.post('ann', roomId, posted);
    const version = await rooms.position();
    expect(seq).toBe(2);
    const message = await rooms.message('bob', messageId);
    expect(message).toEqual({
      id: messageId,
      seq,
      clientMsgNo: posted.clientMsgNo,
      text: 'Hello 🐟',
      createdAtMs: clock.nowMs(),
      roomId,
      authorId: await rooms.userId('ann'),
      state: 0,
      version,
      updatedVersion: version,
      isEdited: false,
      deletedById: undefined,
      replyToId: undefined,
      extras: { og_tags: { title: 'x' }, share_link: 'https://a/b', nothing: null },
      attachments: attachments.map((content) => ({ id: expect.any(Number) as number, content })),
      reactions: [],
      poll: undefined,
      widget: { ...widget, createdAtMs: clock.nowMs() },
    });
    expect((await rooms.messages('bob', roomId, { messageId })).messages).toEqual([message]);
    const [one, two] = message.attachments;
    expect(one?.id).not.toBe(two?.id);
  });

  test('KT-4: a page has its room, as getRoom shows it, and the reactions to the room', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId, ids } = await openRoom(rooms, 2);
    await rooms.react('bob', { roomId }, '👍');
    await rooms.react('ann', { messageId: ids[0] ?? 0 }, '❤️');
    const room = await rooms.room('bob', roomId);
    const roomReactions = [{ userId: await rooms.userId('bob'), reaction: '👍' }];
    expect(await rooms.messages('bob', roomId)).toMatchObject({ room, roomReactions });
    expect(await rooms.messages('bob', roomId, { page: 9 })).toMatchObject({
      room,
      roomReactions,
      messages: [],
    });
    expect(await rooms.messagePage('bob', ids[1] ?? 0)).toMatchObject({
      room,
      roomReactions,
      messages: [{ seq: 3, reactions: [] }],
    });
  });

  test('KT-4: what the reader has deleted for himself is not there for him', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const { roomId, ids } = await openRoom(rooms, 2);
    await chat.deleteConversation('bob', group('room-1'));
    const [kept = 0] = await rooms.postMany('ann', roomId, 1);
    for (const order of ['created', 'updated'] as const) {
      expect(await rooms.seqs('bob', roomId, { order })).toEqual([4]);
      expect(await rooms.seqs('bob', roomId, { order, direction: 'descending', size: 1 })).toEqual([4]);
    }
    for (const messageId of ids) {
      await expect(rooms.message('bob', messageId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(rooms.messages('bob', roomId, { messageId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await rooms.message('bob', kept)).toMatchObject({ seq: 4 });
    expect(await rooms.seqs('ann', roomId)).toEqual([1, 2, 3, 4]);
  });

  test('KT-4, KT-16: messages that the other dialect sent are listed with the state of a plain message', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const text = 'not JSON';
    const { messageId } = await chat.send('ann', group('team'), { text, redDot: false });
    const roomId = await rooms.idOf('ann', group('team'));
    const { messages } = await rooms.messages('ann', roomId, { range: ALL_VERSIONS });
    expect(messages).toMatchObject([
      { id: messageId, state: 0, isEdited: false, extras: {}, attachments: [], reactions: [], text },
    ]);
  });
});
