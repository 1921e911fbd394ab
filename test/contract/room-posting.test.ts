import { expect, test } from 'vitest';
import { textPayload } from '../../src/domain/room.js';
import { group } from '../support/chat.js';
import { describeEveryStore } from './store-contract.js';

const DENIED = { code: 'PERMISSION_DENIED' };

describeEveryStore('posting', (open) => {
  test('KT-8: a post is the next message of its room, of a version of its own, and read by its author', async () => {
    await using world = await open();
    const { clock, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    clock.move(1000);
    const first = await rooms.post('bob', roomId);
    const second = await rooms.post('ann', roomId);
    expect([first.seq, second.seq]).toEqual([2, 3]);
    expect(second.messageId).toBeGreaterThan(first.messageId);
    const { version, unread, lastMessageId } = await rooms.room('ann', roomId);
    expect({ version, unread, lastMessageId }).toEqual({
      version: await rooms.position(),
      unread: 0,
      lastMessageId: second.messageId,
    });
    expect((await rooms.message('ann', second.messageId)).version).toBe(version);
  });

  test('KT-8: only members post, and a room that does not exist is refused alike', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    await chat.leave(group('room-1'), 'bob');
    const before = await rooms.position();
    for (const uid of ['bob', 'eve', 'nobody']) {
      await expect(rooms.post(uid, roomId)).rejects.toMatchObject(DENIED);
      await expect(rooms.post(uid, 999)).rejects.toMatchObject(DENIED);
    }
    expect(await rooms.position()).toBe(before);
    expect(await rooms.seqs('ann', roomId)).toEqual([1]);
  });

  test('KT-8: who has stopped following can still post', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    await rooms.follow('ann', roomId, false);
    expect(await rooms.post('ann', roomId)).toMatchObject({ seq: 2 });
    expect(await rooms.ids('ann')).toEqual([]);
  });

  test.each(['ban', 'disband', 'sendBan'] as const)(
    'KT-8: a room with %s takes no posts',
    async (setting) => {
      await using world = await open();
      const { chat, rooms } = world;
      const roomId = await rooms.create('ann');
      await chat.putChannel(group('room-1'), { [setting]: true });
      await expect(rooms.post('ann', roomId)).rejects.toMatchObject(DENIED);
      await chat.putChannel(group('room-1'), { [setting]: false });
      expect(await rooms.post('ann', roomId)).toMatchObject({ seq: 2 });
    },
  );

  test('KT-8: in an announcement room only managers post, whoever made it', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { roomType: 7, memberUids: ['boss'] });
    await rooms.putUser('boss', { isManager: true });
    await rooms.putUser('stranger', { isManager: true });
    for (const uid of ['ann', 'stranger'])
      await expect(rooms.post(uid, roomId)).rejects.toMatchObject(DENIED);
    expect(await rooms.post('boss', roomId)).toMatchObject({ seq: 2 });
    await rooms.putUser('boss', { isManager: false });
    await expect(rooms.post('boss', roomId)).rejects.toMatchObject(DENIED);
    await expect(chat.send('boss', group('room-1'), { asMember: true })).rejects.toMatchObject(DENIED);
    expect(await chat.send('ann', group('room-1'))).toMatchObject({ seq: 3 });
  });

  test('KT-8: a reply is to a message of the same room that its author can see', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const { messageId: hidden } = await rooms.post('ann', roomId);
    await chat.deleteConversation('bob', group('room-1'));
    const { messageId: visible } = await rooms.post('ann', roomId);
    const elsewhere = await rooms.post('ann', await rooms.create('ann', { memberUids: ['bob'] }));
    const before = await rooms.position();
    for (const replyToId of [hidden, elsewhere.messageId, 0, 999]) {
      await expect(rooms.post('bob', roomId, { replyToId })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        field: 'replied_conversation_id',
      });
    }
    expect(await rooms.position()).toBe(before);
    await rooms.delete('ann', visible);
    const { messageId } = await rooms.post('bob', roomId, { replyToId: visible });
    expect(await rooms.message('bob', messageId)).toMatchObject({ replyToId: visible });
    const { messageId: own } = await rooms.post('ann', roomId, { replyToId: hidden });
    expect(await rooms.message('ann', own)).toMatchObject({ replyToId: hidden });
  });

  test('KT-8: repeating a client_msg_no returns the first answer and changes nothing', async () => {
    await using world = await open();
    const { chat, clock, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const attachments = [{ type: 'image' }];
    const options = { clientMsgNo: 'one', text: 'x', attachments };
    const first = await rooms.post('ann', roomId, options);
    await rooms.post('bob', roomId);
    const before = [await rooms.list('bob'), await rooms.messages('bob', roomId)];
    clock.move(1000);
    expect(await rooms.post('ann', roomId, options)).toEqual(first);
    const text = textPayload('x').toString();
    expect(await chat.send('ann', group('room-1'), { clientMsgNo: 'one', text })).toEqual(first);
    expect([await rooms.list('bob'), await rooms.messages('bob', roomId)]).toEqual(before);
    expect(await rooms.post('bob', roomId, options)).toMatchObject({ seq: 4 });
  });

  test('KT-8: the same at the same time is stored once', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann');
    const posts = Array.from({ length: 10 }, () =>
      rooms.post('ann', roomId, { clientMsgNo: 'one', text: 'x' }),
    );
    expect(new Set((await Promise.all(posts)).map(({ messageId }) => messageId)).size).toBe(1);
    expect(await rooms.seqs('ann', roomId)).toEqual([1, 2]);
  });

  test('KT-8: with another text it is a CONFLICT, unless the message was edited since', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann');
    const first = await rooms.post('ann', roomId, { clientMsgNo: 'one', text: 'x' });
    const again = (text: string): Promise<unknown> => rooms.post('ann', roomId, { clientMsgNo: 'one', text });
    await expect(again('y')).rejects.toMatchObject({ code: 'CONFLICT', field: 'client_msg_no' });
    await rooms.edit('ann', first.messageId, 'y');
    for (const text of ['x', 'y', 'z']) expect(await again(text)).toEqual(first);
    expect(await chat.send('ann', group('room-1'), { clientMsgNo: 'one' })).toEqual(first);
    await rooms.delete('ann', first.messageId);
    expect(await again('x')).toEqual(first);
  });

  test('KT-8: who may not post any more still gets the first answer, as long as he is a member', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const options = { clientMsgNo: 'one', text: 'x' };
    const first = await rooms.post('bob', roomId, options);
    await chat.putChannel(group('room-1'), { ban: true });
    expect(await rooms.post('bob', roomId, options)).toEqual(first);
    await chat.leave(group('room-1'), 'bob');
    await expect(rooms.post('bob', roomId, options)).rejects.toMatchObject(DENIED);
  });

  test('KT-8: a post to a deleted channel by one who is still a member brings it back, as a send does', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    await chat.deleteChannel(group('room-1'));
    expect(await rooms.post('ann', roomId)).toMatchObject({ seq: 2 });
    await rooms.follow('eve', roomId);
    expect(await rooms.seqs('eve', roomId)).toEqual([2]);
  });

  test('KT-8: ids of attachments, options and reactions are unique in their community', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const polled = await rooms.postPoll('ann', roomId, { allowAddOption: true });
    const { messageId } = await rooms.post('ann', roomId, { attachments: [{ type: 'a' }, { type: 'b' }] });
    await rooms.react('ann', { messageId }, '👍');
    await rooms.react('bob', { messageId }, '👍');
    await rooms.react('bob', { roomId }, '👍');
    await rooms.addOption('bob', polled, 'd');
    const { messages, roomReactions } = await rooms.messages('ann', roomId);
    const ids = [
      roomReactions,
      ...messages.flatMap((each) => [each.attachments, each.reactions, each.poll?.options ?? []]),
    ].flatMap((items) => items.map(({ id }) => id));
    expect(ids).toHaveLength(9);
    expect(new Set(ids).size).toBe(9);
    expect(ids.every((id) => Number.isSafeInteger(id) && id > 0)).toBe(true);
  });
});
