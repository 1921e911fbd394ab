import { createSigner } from 'fast-jwt';
import { type DRIZZLE, type FLOOD, HEAVY, LIGHT, ROOMS } from '../datasets/shapes.js';
import { READERS, uidOf } from '../datasets/user-class.js';
import { get, post, sendAll, type Request } from '../load/request.js';
import { JWT_SECRET } from '../processes/start-tidemark.js';

/** What clients ask, by readers of one class in turn. */
export interface ReadCase {
  readonly id: string;
  readonly title: string;
  /** One request for each reader; what depends on the data is asked from the server. */
  prepare(this: void, url: string): Promise<Request[]>;
  /** The targets, as parts or multiples of the requests that each baseline gets through. */
  readonly bare: number;
  readonly naive?: number;
}

const SYNC = '/conversation/sync';

export const READ_CASES: readonly ReadCase[] = [
  {
    id: 'idle-20',
    title: 'idle poll (`version` = newest), user with 20 chats',
    prepare: (url) => idlePolls(url, LIGHT),
    bare: 0.85,
  },
  {
    id: 'idle-200',
    title: 'idle poll, user with 200 chats',
    prepare: (url) => idlePolls(url, HEAVY),
    bare: 0.65,
  },
  {
    id: 'first-20',
    title: 'first sync, 20 chats × 1 message',
    prepare: async () => firstSyncs(LIGHT, 1),
    bare: 0.55,
    naive: 4,
  },
  {
    id: 'first-200',
    title: 'first sync, 200 chats × 1 message',
    prepare: async () => firstSyncs(HEAVY, 1),
    bare: 0.35,
    naive: 5,
  },
  {
    id: '20x20',
    title: '20 chats × 20 messages',
    prepare: async () => firstSyncs(LIGHT, 20),
    bare: 0.35,
  },
  {
    id: 'room-messages',
    title: '`GET /conversation/sync`, page of 50',
    prepare: roomMessages,
    bare: 0.35,
  },
  {
    id: 'rooms',
    title: '`GET /chatroom/sync`, 50 rooms',
    prepare: async () => readersOf(ROOMS).map(roomList),
    bare: 0.35,
  },
];

export function firstSyncs(className: string, messageCount: number): Request[] {
  return readersOf(className).map((uid) => post(SYNC, { uid, msg_count: messageCount }));
}

/** With the highest version of the first sync, as a client in JavaScript computes and prints it. */
export async function idlePolls(url: string, className: string): Promise<Request[]> {
  const uids = readersOf(className);
  const replies = await sendAll(
    url,
    uids.map((uid) => post(SYNC, { uid })),
  );
  return uids.map((uid, reader) => {
    const list = JSON.parse(replies[reader] ?? '') as { version: number }[];
    const version = Math.max(...list.map((conversation) => conversation.version));
    return post(SYNC, { uid, version, msg_count: 1 });
  });
}

/** The list of rooms of the only one who has not read anything. */
export function unreadRooms(className: typeof FLOOD | typeof DRIZZLE): Request[] {
  return [roomList(uidOf({ name: className }, 0))];
}

/** Each reader opens one of his rooms. */
async function roomMessages(url: string): Promise<Request[]> {
  const uids = readersOf(ROOMS);
  const replies = await sendAll(url, uids.map(roomList));
  return uids.map((uid, reader) => {
    const reply = JSON.parse(replies[reader] ?? '') as { data: { chatrooms_data: { id: number }[] } };
    const [room] = reply.data.chatrooms_data;
    return get(`${SYNC}?chatroom_id=${room?.id}&page=1&page_size=50`, signToken(uid));
  });
}

function roomList(uid: string): Request {
  return get('/chatroom/sync?page=1&page_size=50', signToken(uid));
}

function readersOf(className: string): string[] {
  return Array.from({ length: READERS }, (_, reader) => uidOf({ name: className }, reader));
}

function signToken(uid: string): string {
  const sign = createSigner({ algorithm: 'HS256', key: JWT_SECRET, expiresIn: '1d' });
  return sign({ sub: uid, community: 1, typ: 'access' });
}
