import { expect, test } from 'vitest';
import { SYSTEM_UID } from '../../src/domain/channel.js';
import { messageText } from '../../src/domain/room.js';
import { group, pair } from '../support/chat.js';
import type { RoomChat } from '../support/room-chat.js';
import { describeEveryStore } from './store-contract.js';

/** Everything that members of a room do to it by this dialect; each changes something, in this order. */
const CHANGES: Record<string, (rooms: RoomChat, ids: { roomId: number; messageId: number }) => unknown> = {
  postMessage: (rooms, { roomId }) => rooms.post('ann', roomId),
  editMessage: (rooms, { messageId }) => rooms.edit('ann', messageId, 'edited'),
  setReaction: (rooms, { messageId }) => rooms.react('ann', { messageId }, '👍'),
  'setReaction to the room': (rooms, { roomId }) => rooms.react('ann', { roomId }, '👍'),
  addPollOption: (rooms, { messageId }) => rooms.addOption('ann', messageId, 'd'),
  votePoll: (rooms, { messageId }) => rooms.vote('ann', messageId, 'd'),
  setTopic: (rooms, { roomId, messageId }) => rooms.setTopic('ann', roomId, messageId),
  updateRoom: (rooms, { roomId }) => rooms.update('ann', roomId, { title: 'Other' }),
  deleteMessages: (rooms, { messageId }) => rooms.delete('ann', messageId),
};

describeEveryStore('one log for both dialects', (open) => {
  test('KT-16: a sent message shows in rooms, and a post in conversations, with the same ids and versions', async () => {
    await using world = await open();
    const { chat, clock, rooms } = world;
    await chat.join(group('team'), 'ann', 'bob');
    const sent = await chat.send('ann', group('team'), { text: 'one' });
    const roomId = await rooms.idOf('bob', group('team'));
    clock.move(1000);
    const posted = await rooms.post('bob', roomId, { text: 'two', clientMsgNo: 'two' });
    const { messages, room } = await rooms.messages('ann', roomId);
    expect(messages.map(({ id, seq }) => ({ messageId: id, seq }))).toEqual([sent, posted]);
    const [conversation] = await chat.rows('ann', { messageCount: 5 });
    expect(conversation).toMatchObject({
      channel: group('team'),
      version: room.version,
      unread: 1,
      lastSeq: 2,
      lastClientMsgNo: 'two',
      lastMessageAtMs: clock.nowMs(),
    });
    expect(conversation?.messages.map(({ id }) => id)).toEqual([posted.messageId, sent.messageId]);
    expect(messageText(String(conversation?.messages[0]?.payload))).toBe('two');
    expect((await chat.messages('ann', group('team'))).messages).toEqual(conversation?.messages.toReversed());
  });

  test('KT-16: the text of a payload is its content if it is JSON that has one, else the payload as UTF-8', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const texts: readonly (readonly [payload: string | number[], text: string])[] = [
      ['{"type":1,"content":"a\\u0000b 🐟"}', 'a\u0000b 🐟'],
      [' \n{"content":"after blanks"}', 'after blanks'],
      ['{"content":1}', '{"content":1}'],
      ['{"content":"unfinished"', '{"content":"unfinished"'],
      ['["content"]', '["content"]'],
      ['null', 'null'],
      [[0xef, 0xbb, 0xbf, 0x7b, 0x7d], '\ufeff{}'],
      [[0x61, 0, 0x62], 'a\u0000b'],
      // Cut short, never valid, an encoded surrogate, overlong.
      [[0x61, 0xf0, 0x9f, 0x90], 'a\ufffd'],
      [[0xff, 0x61, 0xc3, 0x28], '\ufffda\ufffd('],
      [[0xed, 0xa0, 0x80, 0xc0, 0xaf], '\ufffd\ufffd\ufffd\ufffd\ufffd'],
    ];
    for (const [payload] of texts) {
      const bytes = typeof payload === 'string' ? Buffer.from(payload) : Uint8Array.from(payload);
      await chat.send('ann', group('team'), { payload: bytes });
    }
    const { messages } = await rooms.messages('ann', await rooms.idOf('ann', group('team')));
    expect(messages.map(({ text }) => text)).toEqual(texts.map(([, text]) => text));
  });

  test('KT-16: a message has the same fields in the other dialect, and no more than these', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann');
    await rooms.post('ann', roomId, { extras: { a: 1 }, attachments: [{ type: 'image' }] });
    const { messages } = await chat.messages('ann', group('room-1'));
    for (const message of messages) {
      expect(Object.keys(message).toSorted()).toEqual(
        'channel clientMsgNo createdAtMs expireSeconds fromUid id payload redDot seq setting'.split(' '),
      );
    }
    expect(messages.map(({ redDot }) => redDot)).toEqual([false, true]);
  });

  test('KT-16: every change to a room or a message moves the conversation of each member, once', async () => {
    await using world = await open();
    const { chat, clock, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const messageId = await rooms.postPoll('ann', roomId, { allowAddOption: true });
    for (const [name, act] of Object.entries(CHANGES)) {
      const before = await rooms.position();
      clock.move(1000);
      await act(rooms, { roomId, messageId });
      const version = await rooms.position();
      expect([name, version]).not.toEqual([name, before]);
      for (const uid of ['ann', 'bob']) {
        expect([name, await chat.rows(uid, { after: before })]).toMatchObject([name, [{ version }]]);
        expect([name, await rooms.room(uid, roomId)]).toMatchObject([name, { version }]);
      }
    }
  });

  test('KT-16: an edit and a deletion show in the other dialect: the text, and the count', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const { messageId } = await rooms.post('ann', roomId);
    await rooms.edit('ann', messageId, 'edited');
    const [conversation] = await chat.rows('bob', { messageCount: 1 });
    expect(messageText(String(conversation?.messages[0]?.payload))).toBe('edited');
    expect(conversation).toMatchObject({ unread: 1 });
    await rooms.delete('ann', messageId);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 0, lastSeq: 2 }]);
    expect(await chat.rows('bob', { onlyUnread: true })).toEqual([]);
  });

  test('KT-16: the newest message shows as it was last edited, and an edit of another changes nothing of it', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann');
    const first = await rooms.post('ann', roomId);
    const { messageId } = await rooms.post('ann', roomId);
    for (const text of ['edited', 'long'.repeat(1000), 'short again']) {
      await rooms.edit('ann', messageId, text);
      await rooms.edit('ann', first.messageId, `other than ${text}`);
      const [conversation] = await chat.rows('ann', { messageCount: 1 });
      expect(messageText(String(conversation?.messages[0]?.payload))).toBe(text);
    }
  });

  test('KT-16: a channel that the other dialect made is a room by the name of the channel, of the system', async () => {
    await using world = await open();
    const { chat, clock, rooms } = world;
    await chat.send('ann', group('team'));
    await chat.send('ann', group('topic', 5));
    const roomId = await rooms.idOf('ann', group('team'));
    const { rooms: rows, references } = await rooms.page('ann', roomId);
    expect(rows).toMatchObject([
      {
        channel: group('team'),
        roomType: 0,
        title: 'team',
        header: 'team',
        imageUrl: undefined,
        tag: undefined,
        isSecret: false,
        creatorId: await rooms.userId(SYSTEM_UID),
        peerId: undefined,
        createdAtMs: clock.nowMs(),
        isFollowing: true,
        isMuted: false,
      },
    ]);
    expect(references.users.map(({ name }) => name).toSorted()).toEqual(['System', 'ann']);
    expect(await rooms.list('ann', { roomTypes: [0] })).toMatchObject({
      rooms: [{ title: 'topic' }, { title: 'team' }],
    });
  });

  test('KT-16: a room is a channel of the other dialect, with the members that both know', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { channelId: 'made-here', memberUids: ['bob'] });
    expect(await chat.names('bob')).toEqual(['made-here']);
    await chat.send('bob', group('made-here'), { asMember: true });
    await chat.join(group('made-here'), 'cat');
    expect(await rooms.seqs('cat', roomId)).toEqual([1, 2]);
    await rooms.follow('dan', roomId);
    expect(await chat.members(group('made-here'))).toEqual(['ann', 'bob', 'cat', 'dan']);
    expect(await rooms.list('ann')).toMatchObject({ rooms: [{ id: roomId, unread: 1 }] });
  });

  test('KT-16: reading by one dialect is reading by the other', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    await chat.send('ann', pair('ann', 'bob'));
    const roomId = await rooms.idOf('bob', pair('ann', 'bob'));
    await rooms.markRead('bob', roomId);
    expect(await chat.rows('bob')).toMatchObject([{ unread: 0, readSeq: 1 }]);
    await rooms.post('ann', roomId);
    await chat.markRead('bob', pair('ann', 'bob'));
    expect(await rooms.list('bob')).toMatchObject({ rooms: [{ unread: 0 }] });
  });

  test('KT-16: deleting the conversation by the other dialect takes the room off the list until a newer message', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    await rooms.post('ann', roomId);
    await chat.deleteConversation('bob', group('room-1'));
    expect(await rooms.ids('bob')).toEqual([]);
    expect(await rooms.seqs('bob', roomId)).toEqual([]);
    await chat.send('ann', group('room-1'));
    expect(await rooms.list('bob')).toMatchObject({ rooms: [{ id: roomId, unread: 1 }] });
    expect(await rooms.seqs('bob', roomId)).toEqual([3]);
  });
});
