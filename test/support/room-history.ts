import * as fc from 'fast-check';
import { type ChannelKey, pairUids, PERSON_CHANNEL } from '../../src/domain/channel.js';
import type { Version } from '../../src/domain/version.js';
import { group, pair } from './chat.js';
import type { FakeClock } from './fake-clock.js';
import type { RoomChat } from './room-chat.js';

/** One of the stores that are compared. */
export interface Side {
  readonly rooms: RoomChat;
  readonly clock: FakeClock;
}

/** Something that is done to both stores, and that a failure can print. */
export interface Step {
  readonly name: string;
  readonly run: (side: Side) => Promise<unknown>;
  readonly [fc.toStringMethod]: () => string;
}

function toStep(name: string, run: Step['run']): Step {
  return { name, run, [fc.toStringMethod]: () => name };
}

export const UIDS = ['ann', 'bob', 'cat', 'boss'] as const;

/** Ids of rooms that may exist; the last of them hardly ever does. */
export const ROOM_IDS = [1, 2, 3, 4, 5, 6, 7] as const;

const GROUPS = [group('g0'), group('g1'), group('g2', 5)];
const PAIRS = [pair('ann', 'bob'), pair('bob', 'cat'), pair('cat', 'cat')];

const EXTRAS = [{}, { a: 1 }, { a: { b: [1, null] }, c: 'x' }, { a: undefined, c: undefined, d: 2 }];

const uid = fc.constantFrom(...UIDS);
const uids = fc.array(uid, { maxLength: 3 });
const channel = fc.constantFrom(...GROUPS, ...PAIRS);
const groupChannel = fc.constantFrom(...GROUPS);
const roomId = fc.constantFrom(...ROOM_IDS);
/** One of those that every history begins with, more often than not; the fourth is a poll. */
const messageId = fc.oneof(fc.constant(4), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 16 }));
const text = fc.constantFrom('', 'x', 'y', 'z');
const flag = fc.boolean();
const optionally = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(values, { nil: undefined, freq: 3 });

/** A kind of step: what is picked for it, and what it then does. */
function kind<Picks extends Record<string, unknown>>(
  name: string,
  picks: { [Name in keyof Picks]: fc.Arbitrary<Picks[Name]> },
  run: (rooms: RoomChat, picked: Picks) => Promise<unknown>,
): fc.Arbitrary<Step> {
  return fc
    .record(picks)
    .map((picked) => toStep(`${name} ${JSON.stringify(picked)}`, ({ rooms }) => run(rooms, picked)));
}

const poll = fc.record({
  multipleSelectState: fc.nat({ max: 2 }),
  multipleSelectNo: fc.nat({ max: 2 }),
  isAnonymous: flag,
  allowAddOption: flag,
  expiresAtMs: optionally(fc.constantFrom(Date.UTC(2025, 10, 21, 20, 0, 1), Date.UTC(2030, 0))),
  pollType: fc.nat({ max: 2 }),
  options: fc.array(text, { maxLength: 3 }),
});

/** Steps by this dialect. */
const ROOM_STEPS = [
  kind(
    'putUser',
    { uid, name: optionally(text), isManager: optionally(flag) },
    (rooms, { uid: who, ...rest }) => rooms.putUser(who, rest),
  ),
  kind(
    'createRoom',
    {
      uid,
      channelId: fc.constantFrom('g0', 'r1', 'r2', 'r3'),
      roomType: fc.constantFrom(0, 0, 7, 2),
      title: text,
      header: text,
      tag: optionally(text),
      isSecret: flag,
      memberUids: uids,
    },
    (rooms, { uid: who, ...options }) => rooms.create(who, options),
  ),
  kind(
    'updateRoom',
    { uid, roomId, title: optionally(text), header: optionally(text), tag: optionally(text) },
    (rooms, { uid: who, roomId: id, ...changes }) => rooms.update(who, id, changes),
  ),
  kind('openDirectRoom', { uid, peer: uid }, (rooms, { uid: who, peer }) => rooms.openDirect(who, peer)),
  kind(
    'postMessage',
    {
      uid,
      roomId,
      clientMsgNo: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      text,
      state: fc.constantFrom(0, 0, 0, 7),
      replyToId: optionally(messageId),
      extras: fc.constantFrom(...EXTRAS),
      attachments: fc.array(fc.constantFrom({ type: 'image' }, { type: 'pdf', meta: { size: 1 } }), {
        maxLength: 2,
      }),
    },
    (rooms, { uid: who, roomId: id, ...options }) => rooms.post(who, id, options),
  ),
  kind('postMessage once', { uid, roomId }, (rooms, { uid: who, roomId: id }) => rooms.post(who, id)),
  kind('postMessage with a poll', { uid, roomId, poll }, (rooms, { uid: who, roomId: id, poll: options }) =>
    rooms.postPoll(who, id, options),
  ),
  kind(
    'editMessage',
    { uid, messageId, text, extras: fc.constantFrom(...EXTRAS) },
    (rooms, { uid: who, messageId: id, ...change }) => rooms.edit(who, id, change),
  ),
  kind('deleteMessages', { uid, ids: fc.array(messageId, { maxLength: 3 }) }, (rooms, { uid: who, ids }) =>
    rooms.delete(who, ...ids),
  ),
  kind(
    'setReaction',
    { uid, messageId, reaction: optionally(text) },
    (rooms, { uid: who, messageId: id, reaction }) => rooms.react(who, { messageId: id }, reaction),
  ),
  kind(
    'setReaction to a room',
    { uid, roomId, reaction: optionally(text) },
    (rooms, { uid: who, roomId: id, reaction }) => rooms.react(who, { roomId: id }, reaction),
  ),
  kind(
    'addPollOption',
    { uid, messageId, text },
    async (rooms, { uid: who, messageId: id, text: option }) => {
      await rooms.addOption(who, id, option);
    },
  ),
  kind('votePoll', { uid, messageId, chosen: fc.array(fc.nat({ max: 4 }), { maxLength: 2 }) }, vote),
  kind('setTopic', { uid, roomId, messageId }, (rooms, { uid: who, roomId: id, messageId: topic }) =>
    rooms.setTopic(who, id, topic),
  ),
  kind('setFollowing', { uid, roomId, value: flag }, (rooms, { uid: who, roomId: id, value }) =>
    rooms.follow(who, id, value),
  ),
  kind('setMuted', { uid, roomId, value: flag }, (rooms, { uid: who, roomId: id, value }) =>
    rooms.mute(who, id, value),
  ),
  kind('markRoomRead', { uid, roomId }, (rooms, { uid: who, roomId: id }) => rooms.markRead(who, id)),
];

/** Votes for the options in these places, since their ids differ from store to store. */
async function vote(
  rooms: RoomChat,
  picked: { readonly uid: string; readonly messageId: number; readonly chosen: readonly number[] },
): Promise<void> {
  const { communityId, store } = rooms;
  const { poll: options } = await rooms.message(picked.uid, picked.messageId);
  const optionIds = picked.chosen.map((index) => options?.options[index]?.id ?? -1);
  const userId = await rooms.userId(picked.uid);
  return store.votePoll({ communityId, userId, messageId: picked.messageId, optionIds });
}

/** Steps by the other dialect, and what nobody asks for. */
const CHAT_STEPS = [
  kind(
    'sendMessage',
    { uid, channel, redDot: flag, asMember: flag },
    ({ chat }, { uid: who, channel: to, ...options }) => chat.send(who, ownChannel(who, to), options),
  ),
  kind('addSubscribers', { channel: groupChannel, uids }, ({ chat }, { channel: to, uids: who }) =>
    chat.join(to, ...who),
  ),
  kind('removeSubscribers', { channel, uids }, ({ chat }, { channel: to, uids: who }) =>
    chat.leave(to, ...who),
  ),
  kind('putChannel', { channel: groupChannel, ban: flag }, ({ chat }, { channel: to, ban }) =>
    chat.putChannel(to, { ban }),
  ),
  kind('deleteChannel', { channel: groupChannel }, ({ chat }, { channel: to }) => chat.deleteChannel(to)),
  kind('markRead', { uid, channel, seq: optionally(fc.nat({ max: 9 })) }, ({ chat }, picked) =>
    chat.markRead(picked.uid, ownChannel(picked.uid, picked.channel), picked.seq),
  ),
  kind('setUnread', { uid, channel, unread: fc.nat({ max: 4 }) }, ({ chat }, picked) =>
    chat.setUnread(picked.uid, ownChannel(picked.uid, picked.channel), picked.unread),
  ),
  kind('deleteConversation', { uid, channel }, ({ chat }, { uid: who, channel: to }) =>
    chat.deleteConversation(who, ownChannel(who, to)),
  ),
  kind('purge', {}, async ({ store, ...rooms }) => {
    const before = await rooms.chat.position('____nobody');
    return [
      await store.purgeMemberships({ before, limit: 1000 }),
      await store.purgeMessages({ limit: 1000 }),
    ];
  }),
  fc
    .integer({ min: -500, max: 2000 })
    .map((ms) => toStep(`moveClock ${ms}`, async ({ clock }) => clock.move(ms))),
];

/** The channel, or one in its place where only the two of a pair can be: nobody else can name theirs. */
function ownChannel(who: string, to: ChannelKey): ChannelKey {
  if (to.type !== PERSON_CHANNEL || pairUids(to).includes(who)) return to;
  return pair(who, 'bob');
}

/** What every history begins with: rooms of all sorts, from both dialects, in which something was said. */
export async function begin({ rooms }: Side): Promise<void> {
  for (const each of UIDS) await rooms.putUser(each, { isManager: each === 'boss' });
  const team = await rooms.create('ann', { channelId: 'g0', memberUids: ['bob', 'cat'] });
  const direct = await rooms.openDirect('bob', 'ann');
  await rooms.chat.join(group('g1'), 'ann', 'bob');
  const news = await rooms.create('boss', { roomType: 7, tag: 'x', memberUids: ['ann', 'bob'] });
  await rooms.create('cat', { isSecret: true, tag: 'x', memberUids: ['boss'] });
  const rules = { multipleSelectState: 1, multipleSelectNo: 2, allowAddOption: true };
  await rooms.postPoll('ann', team, rules);
  await rooms.chat.send('bob', group('g1'));
  await rooms.post('ann', direct);
  await rooms.post('boss', news);
  const { messageId: id } = await rooms.post('bob', team);
  await rooms.post('cat', team, { replyToId: id });
}

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.oneof(...ROOM_STEPS), weight: 3 },
  { arbitrary: fc.oneof(...CHAT_STEPS), weight: 1 },
);

/** What an operation returns, or the code of its refusal. */
export async function outcomeOf(answer: Promise<unknown>): Promise<unknown> {
  try {
    return withoutItemIds(await answer);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AppError') throw error;
    return { code: 'code' in error ? error.code : '', field: 'field' in error ? error.field : undefined };
  }
}

/** What is asked of both stores. Bounds are picked from the versions that there were. */
export interface Question {
  readonly uid: (typeof UIDS)[number];
  readonly roomId: number;
  readonly messageId: number | undefined;
  readonly bounds: readonly [number, number];
  readonly isByChange: boolean;
  readonly isAscending: boolean;
  readonly states: readonly number[];
  readonly tag: string | undefined;
  readonly onlyRoom: boolean;
  readonly page: number;
  readonly size: number;
}

export const anyQuestion: fc.Arbitrary<Question> = fc.record({
  uid,
  roomId,
  messageId: optionally(messageId),
  bounds: fc.tuple(fc.nat({ max: 100 }), fc.nat({ max: 100 })),
  isByChange: flag,
  isAscending: flag,
  states: fc.constantFrom([0, 1, 10], [0, 10], [7], [0]),
  tag: optionally(text),
  onlyRoom: fc.boolean(),
  page: fc.constantFrom(1, 1, 2, 3),
  size: fc.constantFrom(1, 2, 3, 500),
});

/** Everything that is to be known by a question. */
export async function ask(
  { rooms }: Side,
  question: Question,
  versions: readonly Version[],
): Promise<unknown> {
  const { uid: who, roomId: id, messageId: one, isByChange, page, size, states } = question;
  const [from, to] = question.bounds.map((index) => versions[index % versions.length]) as [Version, Version];
  const range = { from, to };
  const list = rooms.list(who, {
    range,
    page,
    size,
    messageStates: states,
    tag: question.tag,
    order: isByChange ? 'changed' : 'lastMessage',
    roomId: question.onlyRoom ? id : undefined,
  });
  const messages = rooms.messages(who, id, {
    range,
    page,
    size,
    messageId: one,
    excludedStates: states,
    order: isByChange ? 'updated' : 'created',
    direction: question.isAscending ? 'ascending' : 'descending',
  });
  // Both at once: one that is refused must not be so before somebody asks.
  const [listed, stretch] = await Promise.all([outcomeOf(list), outcomeOf(messages)]);
  return {
    list: listed,
    messages: stretch,
    message: await outcomeOf(rooms.messagePage(who, one ?? 1)),
    room: await outcomeOf(rooms.page(who, id)),
    conversations: await rooms.chat.list(who, { after: from, includeDeleted: true, messageCount: 3 }),
  };
}

/** Everything that everyone can see. */
export async function askEverything(side: Side): Promise<unknown> {
  const { rooms } = side;
  const answers: unknown[] = [];
  for (const who of UIDS) {
    answers.push(await rooms.putUser(who), withoutItemIds(await rooms.list(who)));
    answers.push(withoutItemIds(await rooms.list(who, { order: 'lastMessage' })));
    for (const id of ROOM_IDS) answers.push(await outcomeOf(rooms.messages(who, id)));
    answers.push(await rooms.chat.list(who, { messageCount: 50 }));
  }
  return answers;
}

/** Ids of attachments, options and reactions are each store's own; references are in no particular order. */
function withoutItemIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutItemIds);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).map(([name, item]: [string, unknown]) => {
    if (ITEMS.has(name) && Array.isArray(item)) return [name, item.map(withoutId)];
    return [name, withoutItemIds(name === 'references' ? inOrder(item) : item)];
  });
  return Object.fromEntries(entries) as unknown;
}

const ITEMS = new Set(['attachments', 'options', 'reactions', 'roomReactions']);

function withoutId(item: unknown): unknown {
  return typeof item === 'object' ? { ...item, id: undefined } : item;
}

function inOrder(references: unknown): unknown {
  const lists = Object.entries(references ?? {}).map(([name, list]: [string, unknown]) => [
    name,
    Array.isArray(list) ? list.toSorted((a: { id: number }, b: { id: number }) => a.id - b.id) : list,
  ]);
  return Object.fromEntries(lists) as unknown;
}
