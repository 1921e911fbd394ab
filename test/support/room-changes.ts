import * as fc from 'fast-check';
import { group } from './chat.js';
import type { RoomChat } from './room-chat.js';

/** The rooms of a random history, each of ann, bob and, at first, cat. */
export interface Rooms {
  readonly rooms: RoomChat;
  /** By the number of the room in its history. */
  readonly ids: readonly number[];
}

/** Something that happens in one of the rooms, to a message of its own choice. */
export interface Change {
  readonly kind: keyof typeof CHANGES;
  /** Which room, as a number that is taken modulo how many there are. */
  readonly room: number;
  /** Which message of the room, likewise. */
  readonly message: number;
}

/** Whatever can happen to the rooms of cat, by her or by others. All of it may be refused. */
const CHANGES = {
  post: (place: Place) => place.rooms.post('ann', place.roomId),
  postUnlisted: (place: Place) => place.rooms.post('ann', place.roomId, { state: 7 }),
  postOwn: (place: Place) => place.rooms.post('cat', place.roomId),
  send: (place: Place) => place.rooms.chat.send('bob', place.channel),
  edit: (place: Place) => place.rooms.edit('ann', place.messageId, `edited ${place.now}`),
  delete: (place: Place) => place.rooms.delete('ann', place.messageId),
  react: (place: Place) =>
    place.rooms.react(
      'bob',
      { messageId: place.messageId },
      place.now % 3 === 0 ? undefined : `${place.now}`,
    ),
  topic: (place: Place) => place.rooms.setTopic('bob', place.roomId, place.messageId),
  rename: (place: Place) => place.rooms.update('ann', place.roomId, { title: `title ${place.now}` }),
  mute: (place: Place) => place.rooms.mute('cat', place.roomId, place.now % 2 === 0),
  follow: (place: Place) => place.rooms.follow('cat', place.roomId),
  unfollow: (place: Place) => place.rooms.follow('cat', place.roomId, false),
  read: (place: Place) => place.rooms.markRead('cat', place.roomId),
  clear: (place: Place) => place.rooms.chat.deleteConversation('cat', place.channel),
  leave: (place: Place) => place.rooms.chat.leave(place.channel, 'cat'),
  join: (place: Place) => place.rooms.chat.join(place.channel, 'cat'),
};

interface Place {
  readonly rooms: RoomChat;
  readonly roomId: number;
  readonly channel: ReturnType<typeof group>;
  readonly messageId: number;
  /** Another number each time. */
  readonly now: number;
}

export const anyChange: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom(...(Object.keys(CHANGES) as (keyof typeof CHANGES)[])),
  room: fc.nat({ max: 50 }),
  message: fc.nat({ max: 50 }),
});

/** Makes `count` rooms. */
export async function makeRooms(rooms: RoomChat, count: number): Promise<Rooms> {
  const ids: number[] = [];
  for (let index = 0; index < count; index += 1) {
    ids.push(await rooms.create('ann', { channelId: `g${index}`, memberUids: ['bob', 'cat'] }));
  }
  return { rooms, ids };
}

/** Lets one thing happen. What is refused, because cat is not there or a message is deleted, does not happen. */
export async function change({ rooms, ids }: Rooms, { kind, room, message }: Change): Promise<void> {
  const index = room % ids.length;
  const roomId = ids[index] ?? 0;
  const { messages } = await rooms.messages('ann', roomId);
  const messageId = messages[message % messages.length]?.id ?? 0;
  const now = await rooms.position();
  try {
    await CHANGES[kind]({ rooms, roomId, channel: group(`g${index}`), messageId, now: now / 1024 });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AppError') throw error;
  }
}

/** How a client knows that it has turned the last page. */
export type StopRule = 'empty' | 'short';

/**
 * Turns pages until the stop rule holds, with changes in between, `size` rows at a time. Each page is asked
 * for by its number from 1; the rows of all pages come one after the other.
 */
export async function turnPages<Row>(
  { size, stop }: { readonly size: number; readonly stop: StopRule },
  read: (page: number) => Promise<readonly Row[]>,
  between: () => Promise<void>,
): Promise<Row[]> {
  const all: Row[] = [];
  for (let page = 1; ; page += 1) {
    const rows = await read(page);
    if (rows.length > size) throw new Error(`a page of ${rows.length} where ${size} were asked for`);
    all.push(...rows);
    if (rows.length === 0 || (stop === 'short' && rows.length < size)) return all;
    if (page > 1000) throw new Error('the pages never end');
    await between();
  }
}
