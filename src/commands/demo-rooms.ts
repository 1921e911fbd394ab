import { ANNOUNCEMENT_ROOM, DIRECT_ROOM, NORMAL_ROOM, type RoomMessage, type User } from '../domain/room.js';
import { versionRange } from '../domain/time-range.js';
import type { Engine } from '../engine/engine.js';
import { postMessage } from '../engine/post-message.js';
import type { CreateRoom, PostMessage } from '../ports/room-store.js';

const COMMUNITY_ID = 1;
const GROUP_TYPE = 2;
const MANAGER_UID = 'user456';

/** What the clients of the Kettle dialect call the people of the story. */
const NAMES: Readonly<Record<string, string>> = {
  user1: 'Uma',
  user123: 'Sam',
  user456: 'Robin',
  user789: 'Kim',
  alice: 'Alice',
  bob: 'Bob',
  carol: 'Carol',
};

/** Titles for groups which the other dialect has made, and which it knows by their ids only. */
const FACES = [
  { channelId: 'group123', title: 'Release 2.4', header: 'What is left until we ship, and who does it' },
  { channelId: 'group1', title: 'Lunch', header: 'Where and when' },
];

const NEWS = 'demo-news';
const COFFEE = 'demo-coffee';

type RoomStory = Pick<CreateRoom, 'channelId' | 'roomType' | 'title' | 'header' | 'memberUids'>;

const ROOMS: readonly (RoomStory & { readonly uid: string })[] = [
  {
    uid: MANAGER_UID,
    channelId: NEWS,
    roomType: ANNOUNCEMENT_ROOM,
    title: 'News',
    header: 'From the team leads; they write, everyone reads',
    memberUids: ['user123', 'user789', 'alice', 'bob', 'carol'],
  },
  {
    uid: 'user123',
    channelId: COFFEE,
    roomType: NORMAL_ROOM,
    title: 'Coffee corner',
    header: 'For everything that is not work',
    memberUids: ['user456', 'user789', 'alice', 'bob'],
  },
];

interface Post extends Partial<Pick<PostMessage, 'attachments' | 'poll'>> {
  readonly channelId: string;
  readonly uid: string;
  readonly text: string;
  /** Which earlier post it replies to. */
  readonly repliesTo?: number;
  readonly reactions?: Readonly<Record<string, string>>;
  /** Which option of the poll each one votes for. */
  readonly votes?: Readonly<Record<string, number>>;
}

const PHOTO = {
  type: 'image',
  url: 'https://example.org/photos/espresso-machine.jpg',
  name: 'espresso-machine.jpg',
  index: 0,
  width: 1200,
  height: 900,
  meta: { size: 184_320 },
};

const POLL = {
  options: ['Espresso machine', 'Filter coffee', 'Tea'],
  pollType: 0,
  multipleSelectState: 0,
  multipleSelectNo: 1,
  isAnonymous: false,
  allowAddOption: true,
  expiresAtMs: undefined,
};

const POSTS: readonly Post[] = [
  { channelId: NEWS, uid: MANAGER_UID, text: 'Version 2.4 ships tomorrow at ten.', reactions: { bob: '🎉' } },
  {
    channelId: COFFEE,
    uid: 'alice',
    text: 'The old coffee machine has died for good.',
    reactions: { bob: '😢' },
  },
  {
    channelId: COFFEE,
    uid: 'alice',
    text: 'What shall we get?',
    poll: POLL,
    votes: { alice: 0, bob: 0, user123: 2 },
  },
  { channelId: COFFEE, uid: 'bob', text: 'This one fits in the corner.', attachments: [PHOTO] },
  {
    channelId: COFFEE,
    uid: 'user123',
    text: 'It even has a steam wand!',
    repliesTo: 3,
    reactions: { alice: '👍', bob: '☕' },
  },
  { channelId: COFFEE, uid: 'bob', text: 'Then I order it today.' },
];

export const DEMO_POSTS = POSTS.length;

/** The last room is complete once all of its posts are there, and its header. */
const LAST_ROOM_SEQ = POSTS.filter(({ channelId }) => channelId === COFFEE).length + 1;

/** Whether the rooms are there, whatever was done to them since. */
export async function hasDemoRooms({ store }: Engine): Promise<boolean> {
  const channel = { type: GROUP_TYPE, name: COFFEE };
  const lastSeq = await store.getLastSeq({ communityId: COMMUNITY_ID, channel, uid: undefined });
  return lastSeq >= LAST_ROOM_SEQ;
}

/** Gives the people of the story names and their groups faces, and opens two rooms. What exists is not made again. */
export async function tellRooms(engine: Engine): Promise<void> {
  const { store } = engine;
  for (const [uid, name] of Object.entries(NAMES)) {
    await store.putUser({ communityId: COMMUNITY_ID, uid, name, isManager: uid === MANAGER_UID });
  }
  const manager = await getUser(engine, MANAGER_UID);
  for (const { channelId, ...face } of FACES) {
    const roomId = await findRoomId(engine, manager, channelId);
    if (roomId === undefined) continue;
    await store.updateRoom({ communityId: COMMUNITY_ID, userId: manager.id, roomId, ...face });
  }
  for (const { uid, ...room } of ROOMS) await openRoom(engine, await getUser(engine, uid), room);
  const said: RoomMessage[] = [];
  for (const post of POSTS) said.push(await say(engine, post, said));
}

async function openRoom(engine: Engine, { id: userId }: User, room: RoomStory): Promise<void> {
  const channel = { type: GROUP_TYPE, name: room.channelId };
  const place = { communityId: COMMUNITY_ID, channel, uid: undefined };
  if ((await engine.store.getLastSeq(place)) > 0) return;
  await engine.store.createRoom({
    communityId: COMMUNITY_ID,
    userId,
    ...room,
    imageUrl: undefined,
    tag: undefined,
    isSecret: false,
    clientMsgNo: `${room.channelId}-header`,
  });
}

async function say(engine: Engine, post: Post, said: readonly RoomMessage[]): Promise<RoomMessage> {
  const author = await getUser(engine, post.uid);
  const { messages } = await postMessage(engine, {
    communityId: COMMUNITY_ID,
    userId: author.id,
    roomId: (await findRoomId(engine, author, post.channelId)) ?? 0,
    clientMsgNo: `demo-post-${said.length + 1}`,
    text: post.text,
    replyToId: post.repliesTo === undefined ? undefined : said[post.repliesTo]?.id,
    extras: {},
    attachments: post.attachments ?? [],
    poll: post.poll,
    widgetData: undefined,
  });
  const [message] = messages;
  if (message === undefined) throw new Error('the store did not return what was posted');
  await answer(engine, post, message);
  return message;
}

/** What the others do about a post. */
async function answer(engine: Engine, post: Post, { id: messageId, poll }: RoomMessage): Promise<void> {
  const { store } = engine;
  for (const [uid, reaction] of Object.entries(post.reactions ?? {})) {
    const { id: userId } = await getUser(engine, uid);
    await store.setReaction({ communityId: COMMUNITY_ID, userId, target: { messageId }, reaction });
  }
  for (const [uid, choice] of Object.entries(post.votes ?? {})) {
    const { id: userId } = await getUser(engine, uid);
    const optionIds = poll?.options.slice(choice, choice + 1).map(({ id }) => id) ?? [];
    await store.votePoll({ communityId: COMMUNITY_ID, userId, messageId, optionIds });
  }
}

async function getUser({ store }: Engine, uid: string): Promise<User> {
  const user = await store.findUser({ communityId: COMMUNITY_ID, uid });
  if (user === undefined) throw new Error(`${uid} is missing from the demo`);
  return user;
}

async function findRoomId({ store }: Engine, user: User, channelId: string): Promise<number | undefined> {
  const { rooms } = await store.listRooms({
    communityId: COMMUNITY_ID,
    userId: user.id,
    page: 1,
    size: 500,
    range: versionRange({ minMs: 0, maxMs: undefined }),
    order: 'changed',
    roomTypes: [NORMAL_ROOM, ANNOUNCEMENT_ROOM, DIRECT_ROOM],
    messageStates: [0, 1],
    roomId: undefined,
    tag: undefined,
  });
  return rooms.find(({ channel }) => channel.name === channelId)?.id;
}
