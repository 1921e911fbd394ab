import type { UserClass } from './user-class.js';

/** What a database holds, by the name under which it is kept. */
export interface Shape {
  readonly name: string;
  readonly classes: readonly UserClass[];
}

/** How a tenth of everything is asked for. */
export type Scale = 1 | 0.1;

export const LIGHT = 'light';
export const HEAVY = 'heavy';
export const ROOMS = 'rooms';

/** Those who wait have one group each, of which they are the only member. */
export const WAITING = 'waiting';

/** One group of everyone. */
export const CROWD = 'crowd';
/** One group of ten. */
export const FEW = 'few';

/** One room with a million unread messages, or ten. */
export const FLOOD = 'flood';
export const DRIZZLE = 'drizzle';

export const WAITING_USERS = 10_000;

/** Messages that do not count, at the beginning of a room of which nothing is read. */
export const UNCOUNTED_IN_UNREAD = 10;

const GROWTH_CHANNELS = 600;

/**
 * A million conversations: half of them are those of users with 20 chats, half those of users with 200. Beside
 * them a hundred users with 50 rooms each, for the Kettle dialect.
 */
export function conversationsShape(scale: Scale): Shape {
  const light = lightClass(25_000 * scale, { messages: 4, readerMessages: 30 });
  const heavy = heavyClass(2500 * scale);
  return { name: `conversations-${1_000_000 * scale}`, classes: [light, heavy, roomsClass()] };
}

/** The same users and chats, whatever the number of messages in them. */
export function growthShape(messages: number): Shape {
  const light = lightClass(100, { messages: Math.ceil(messages / GROWTH_CHANNELS) });
  return { name: `messages-${messages}`, classes: [light] };
}

/** A group of 100 000, a room with 1 000 000 unread messages, and those who wait. */
export function extremesShape(scale: Scale): Shape {
  const single = { peers: 0, groupRounds: 1, groups: 1, messages: 4 };
  const unread = { ...single, users: 2, groupSize: 2, isUnread: true };
  const crowd = 100_000 * scale;
  return {
    name: `extremes-${crowd}`,
    classes: [
      { ...single, name: CROWD, users: crowd, groupSize: crowd },
      { ...single, name: FEW, users: 10, groupSize: 10 },
      { ...unread, name: FLOOD, messages: 1_000_000 * scale + UNCOUNTED_IN_UNREAD },
      { ...unread, name: DRIZZLE, messages: 10 + UNCOUNTED_IN_UNREAD },
      { name: WAITING, users: WAITING_USERS, peers: 0, groupSize: 1, groupRounds: 1, messages: 1 },
    ],
  };
}

export function lightClass(
  users: number,
  messages: Pick<UserClass, 'messages' | 'readerMessages'>,
): UserClass {
  return { name: LIGHT, users, peers: 10, groupSize: 10, groupRounds: 1, ...messages };
}

export function heavyClass(users: number): UserClass {
  return { name: HEAVY, users, peers: 100, groupSize: 50, groupRounds: 2, messages: 4 };
}

export function roomsClass(): UserClass {
  return { name: ROOMS, users: 100, peers: 0, groupSize: 50, groupRounds: 1, messages: 60 };
}
