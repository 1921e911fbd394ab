import { expect, test } from 'vitest';
import { DEMO_GROUPS, DEMO_STORY } from '../../src/commands/demo-story.js';
import { loadDemo } from '../../src/commands/demo.js';
import type { Engine } from '../../src/engine/engine.js';
import { markRead } from '../../src/engine/change-read-state.js';
import { removeSubscribers } from '../../src/engine/manage-channel.js';
import { syncConversations } from '../../src/engine/sync-conversations.js';
import { syncRoomMessages } from '../../src/engine/sync-room-messages.js';
import { syncRooms } from '../../src/engine/sync-rooms.js';
import type { ConversationPage } from '../../src/ports/store.js';
import { LocalChangeBus } from '../../src/system.js';
import { MemoryStore } from '../../src/storage/memory/memory-store.js';
import { readConversation } from '../support/read-messages.js';
import { createTestEngine } from '../support/test-engine.js';

const START_MS = Date.UTC(2026, 0, 15, 12);

function createEngine(): Engine {
  const clock = { nowMs: () => START_MS };
  return createTestEngine(new MemoryStore({ clock, changes: new LocalChangeBus() }), clock);
}

async function sync(engine: Engine, uid: string): Promise<ConversationPage> {
  return syncConversations(engine, {
    communityId: 1,
    uid,
    after: 0 as ConversationPage['completeUpTo'],
    lastMsgSeqs: [],
    messageCount: 50,
    onlyUnread: false,
    excludeTypes: [],
    includeDeleted: true,
    window: { kind: 'all' },
  });
}

const READER = 'user123';

function unreadByChannel({ conversations }: ConversationPage): Record<string, number> {
  const rows = conversations.map((json) => readConversation(json, READER));
  return Object.fromEntries(rows.map(({ channel, unread }) => [channel.name, unread]));
}

test('OP-5: the demo gives user123 read and unread conversations, in groups and with people', async () => {
  const engine = createEngine();
  expect(await loadDemo(engine)).toEqual({ isNew: true, messages: 42, users: 7 });
  expect(unreadByChannel(await sync(engine, READER))).toEqual({
    group123: 5,
    group1: 0,
    'demo-news': 1,
    'demo-coffee': 1,
    'user1\nuser123': 0,
    'user123\nuser456': 0,
    'user123\nuser789': 2,
    'alice\nuser123': 0,
  });
});

test('OP-5: a payload is the JSON that chat clients show as text', async () => {
  const engine = createEngine();
  await loadDemo(engine);
  const { conversations } = await sync(engine, READER);
  const payloads = conversations.flatMap((json) =>
    readConversation(json, READER).messages.map(({ payload }) => payload),
  );
  for (const payload of payloads) {
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual({ type: 1, content: expect.any(String) });
  }
});

test('OP-5: a second run changes nothing, whatever was done in between', async () => {
  const engine = createEngine();
  await loadDemo(engine);
  const place = { communityId: 1, channelId: 'group123', channelType: 2 };
  await markRead(engine, { ...place, uid: 'user123', seq: undefined });
  await removeSubscribers(engine, { ...place, uids: ['alice'] });
  const before = await Promise.all(['user123', 'alice'].map((uid) => sync(engine, uid)));
  expect(await loadDemo(engine)).toMatchObject({ isNew: false });
  expect(await Promise.all(['user123', 'alice'].map((uid) => sync(engine, uid)))).toEqual(before);
});

test('OP-5: a run that was broken off is completed by the next', async () => {
  const whole = createEngine();
  await loadDemo(whole);
  for (const breakAt of [0, 1, 12, DEMO_STORY.length - 1]) {
    const engine = createEngine();
    let lines = 0;
    const breakOff = (): void => {
      if (lines++ > breakAt) throw new Error('power failure');
    };
    await expect(loadDemo(engine, breakOff)).rejects.toThrow('power failure');
    expect(await loadDemo(engine)).toMatchObject({ isNew: true });
    expect(unreadByChannel(await sync(engine, READER))).toEqual(unreadByChannel(await sync(whole, READER)));
  }
});

test('OP-5: the story goes forward in time, and only members write in a group', () => {
  const ages = DEMO_STORY.map(({ minutesAgo }) => minutesAgo);
  expect(ages).toEqual(ages.toSorted((one, other) => other - one));
  for (const { place, uids } of DEMO_GROUPS) {
    const lines = DEMO_STORY.filter((line) => line.place.channelId === place.channelId);
    for (const { uid } of lines) expect(uids).toContain(uid);
  }
});

test('OP-5: the demo has what the chat SDKs show: rooms with a face, a poll, reactions, an attachment, a reply', async () => {
  const engine = createEngine();
  await loadDemo(engine);
  const reader = await engine.store.findUser({ communityId: 1, uid: 'user123' });
  const page = { communityId: 1, userId: reader?.id ?? 0, page: 1, size: 100 };
  const range = { minMs: 0, maxMs: undefined };
  const { rooms } = await syncRooms(engine, {
    ...page,
    ...range,
    overlapSeconds: 0,
    isForDatabase: true,
    roomTypes: [0, 7, 10],
    messageStates: undefined,
    roomId: undefined,
    tag: undefined,
  });
  expect(new Set(rooms.map(({ roomType }) => roomType))).toEqual(new Set([0, 7, 10]));
  const groups = rooms.filter(({ roomType }) => roomType !== 10).map(({ title }) => title);
  expect(groups.toSorted()).toEqual(['Coffee corner', 'Lunch', 'News', 'Release 2.4']);
  const { messages } = await syncRoomMessages(engine, {
    ...page,
    ...range,
    overlapSeconds: 0,
    isForDatabase: false,
    direction: 'ascending',
    roomId: rooms.find(({ title }) => title === 'Coffee corner')?.id ?? 0,
    excludedStates: [],
    messageId: undefined,
  });
  expect(messages.map(({ state }) => state)).toEqual([1, 0, 10, 0, 0, 0]);
  expect(messages[2]?.poll).toMatchObject({ voters: 3 });
  expect(messages[3]?.attachments).toHaveLength(1);
  expect(messages[4]).toMatchObject({ replyToId: messages[3]?.id });
  expect(messages[4]?.reactions).toHaveLength(2);
});
