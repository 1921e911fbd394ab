import { expect, test } from 'vitest';
import type { RoomMessage } from '../../src/domain/room.js';
import type { RoomMessagePage, RoomPage } from '../../src/ports/room-store.js';
import { group } from '../support/chat.js';
import { change } from '../support/room-changes.js';
import type { RoomChat } from '../support/room-chat.js';
import { describeEveryStore } from './store-contract.js';

/** The ids that a page mentions and its references lack. */
function missing(page: RoomPage | RoomMessagePage): { users: number[]; messages: number[] } {
  const rooms = 'rooms' in page ? page.rooms : [page.room];
  const rows: readonly RoomMessage[] = 'messages' in page ? page.messages : [];
  const reactions = 'roomReactions' in page ? page.roomReactions : [];
  const { references } = page;
  const shown = [...rows, ...references.messages];
  const userIds = [
    ...rooms.flatMap(({ creatorId, peerId }) => [creatorId, peerId]),
    ...reactions.map(({ userId }) => userId),
    ...shown.flatMap(({ authorId, deletedById }) => [authorId, deletedById]),
    ...shown
      .flatMap((message) => [...message.reactions, ...(message.poll?.options ?? [])])
      .map((x) => x.userId),
  ];
  const messageIds = [
    ...rooms.flatMap(({ lastMessageId, lastSeenId, topicId }) => [lastMessageId, lastSeenId, topicId]),
    ...shown.map(({ replyToId }) => replyToId),
  ];
  return {
    users: lacking(userIds, references.users),
    messages: lacking(messageIds, references.messages),
  };
}

function lacking(ids: readonly (number | undefined)[], found: readonly { readonly id: number }[]): number[] {
  const known = new Set(found.map(({ id }) => id));
  return ids.filter((id) => id !== undefined).filter((id) => !known.has(id));
}

const COMPLETE = { users: [], messages: [] };

/** A room in which everything that can be mentioned is mentioned, each by a user of its own. */
async function busyRoom(rooms: RoomChat): Promise<{ roomId: number; polled: number; replied: number }> {
  const memberUids = 'author voter reactor roomReactor deleter lastAuthor'.split(' ');
  const roomId = await rooms.create('creator', { memberUids: [...memberUids, 'reader'] });
  await rooms.putUser('deleter', { isManager: true });
  const { messageId: first } = await rooms.post('author', roomId);
  const polled = await rooms.postPoll('author', roomId, { allowAddOption: true });
  await rooms.addOption('voter', polled, 'd');
  await rooms.react('reactor', { messageId: first }, '👍');
  await rooms.react('roomReactor', { roomId }, '❤️');
  await rooms.setTopic('author', roomId, polled);
  await rooms.delete('deleter', first);
  const { messageId: replied } = await rooms.post('author', roomId, { replyToId: first });
  await rooms.markRead('reader', roomId);
  await rooms.post('lastAuthor', roomId, { replyToId: replied });
  return { roomId, polled, replied };
}

describeEveryStore('references', (open) => {
  test('KT-6: all that a page of rooms mentions comes with it, once', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId } = await busyRoom(rooms);
    const page = await rooms.list('reader');
    expect(page.rooms).toMatchObject([{ id: roomId }]);
    expect(missing(page)).toEqual(COMPLETE);
    const names = page.references.users.map(({ uid }) => uid).toSorted();
    expect(names).toEqual(['author', 'creator', 'lastAuthor', 'voter']);
    const { lastMessageId, lastSeenId, topicId } = page.rooms[0] ?? {};
    const ids = page.references.messages.map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set([lastMessageId, lastSeenId, topicId]));
    expect(ids).toHaveLength(3);
    expect(page.references.community).toMatchObject({ id: 1 });
    expect(await rooms.page('reader', roomId)).toEqual(page);
  });

  test('KT-6: all that a page of messages mentions comes with it, once', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId, replied } = await busyRoom(rooms);
    for (const seq of [1, 2, 3, 4, 5]) {
      const page = await rooms.messages('reader', roomId, { page: seq, size: 1 });
      expect(page.messages).toMatchObject([{ seq }]);
      expect(missing(page)).toEqual(COMPLETE);
      expect(missing(await rooms.messagePage('reader', page.messages[0]?.id ?? 0))).toEqual(COMPLETE);
    }
    const { references } = await rooms.messages('reader', roomId);
    const everyone = 'author creator deleter lastAuthor reactor roomReactor voter'.split(' ');
    expect(references.users.map(({ uid }) => uid).toSorted()).toEqual(everyone);
    expect(new Set(references.messages.map(({ id }) => id)).size).toBe(references.messages.length);
    expect(references.messages.map(({ id }) => id)).toContain(replied);
  });

  test('KT-6: the replies of a message that is only mentioned are not followed', async () => {
    await using world = await open();
    const { rooms } = world;
    const { roomId, replied } = await busyRoom(rooms);
    const { messages, references } = await rooms.messages('reader', roomId, { page: 5, size: 1 });
    expect(messages).toMatchObject([{ replyToId: replied }]);
    expect(references.messages.find(({ id }) => id === replied)).toMatchObject({ replyToId: undefined });
    for (const { replyToId } of references.messages) expect(replyToId).toBeUndefined();
  });

  test('KT-6: a message that the reader cannot see is not mentioned to him', async () => {
    await using world = await open();
    const { chat, rooms } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const { messageId: hidden } = await rooms.post('ann', roomId);
    await rooms.setTopic('ann', roomId, hidden);
    await chat.deleteConversation('bob', group('room-1'));
    const { messageId } = await rooms.post('ann', roomId, { replyToId: hidden });
    const { room, messages, references } = await rooms.messages('bob', roomId);
    expect(room).toMatchObject({ topicId: undefined, lastSeenId: undefined, lastMessageId: messageId });
    expect(messages).toMatchObject([{ id: messageId, replyToId: undefined }]);
    expect(references.messages.map(({ id }) => id)).toEqual([messageId]);
    expect(await rooms.message('ann', messageId)).toMatchObject({ replyToId: hidden });
    expect(await rooms.room('ann', roomId)).toMatchObject({ topicId: hidden });
  });

  test('KT-6: messages that were purged with a deleted channel are mentioned no more', async () => {
    await using world = await open();
    const { chat, rooms, store } = world;
    const roomId = await rooms.create('ann', { memberUids: ['bob'] });
    const [first = 0] = await rooms.postMany('ann', roomId, 2);
    await rooms.setTopic('ann', roomId, first);
    await rooms.react('bob', { messageId: first }, '👍');
    await chat.deleteChannel(group('room-1'));
    await chat.leave(group('room-1'), 'ann', 'bob');
    await chat.join(group('room-1'), 'cat', 'ann');
    expect(await store.purgeMessages({ limit: 100 })).toBe(3);
    await rooms.post('cat', roomId);
    for (const uid of ['ann', 'cat']) {
      const page = await rooms.messages(uid, roomId);
      expect(page.room).toMatchObject({ topicId: undefined });
      expect(page.messages).toMatchObject([{ seq: 4, reactions: [] }]);
      expect(missing(page)).toEqual(COMPLETE);
    }
  });

  test('KT-6: whatever has happened, references are complete', async () => {
    await using world = await open();
    const { rooms } = world;
    const roomId = await rooms.create('ann', { channelId: 'g0', memberUids: ['bob', 'cat'] });
    const kinds = 'post send edit react topic postOwn clear postUnlisted delete read leave join'.split(' ');
    for (let turn = 0; turn < 40; turn += 1) {
      const kind = kinds[(turn * 7) % kinds.length] as Parameters<typeof change>[1]['kind'];
      await change({ rooms, ids: [roomId] }, { kind, room: 0, message: turn * 3 });
      for (const uid of ['ann', 'bob']) {
        expect(missing(await rooms.list(uid))).toEqual(COMPLETE);
        expect(missing(await rooms.messages(uid, roomId))).toEqual(COMPLETE);
      }
      expect(missing(await rooms.list('cat'))).toEqual(COMPLETE);
    }
  });
});
