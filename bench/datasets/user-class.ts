import { GROUP_CHANNEL, PERSON_CHANNEL } from '../../src/domain/channel.js';

/**
 * Users who have the same number of chats each. They stand in a ring: everyone has person channels with his
 * nearest neighbours, and groups take every n-th user from a starting point on. So each user has exactly
 * `peers + groupSize * groupRounds` chats, without any randomness.
 */
export interface UserClass {
  /** Of their uids: `<name>-0`, `<name>-1`… */
  readonly name: string;
  readonly users: number;
  /** Person channels of each user; even. */
  readonly peers: number;
  readonly groupSize: number;
  /** In each round every user begins one group. */
  readonly groupRounds: number;
  /** Groups of the first users only; then the others may have none. */
  readonly groups?: number;
  /** In each channel. */
  readonly messages: number;
  /** In the channels of those users whom the rows ask for. */
  readonly readerMessages?: number;
  /** Only the last member writes, and the others have read nothing. */
  readonly isUnread?: boolean;
}

export interface ChannelPlan {
  readonly type: number;
  /** The channel id of a group; empty for a person channel. */
  readonly name: string;
  /** Places in the ring. */
  readonly members: readonly number[];
  readonly messages: number;
}

/** The rows ask in turn for this many users of a class, so that no reply is read over and over. */
export const READERS = 64;

/** Primes, so that the members of a group are spread over the ring and are different users. */
const STRIDES = [37, 101];

export function* planChannels(userClass: UserClass): Generator<ChannelPlan> {
  const { name, users, peers, groupSize, groupRounds } = userClass;
  for (let user = 0; user < users; user++) {
    for (let distance = 1; distance <= peers / 2; distance++) {
      const members = [user, (user + distance) % users];
      yield { type: PERSON_CHANNEL, name: '', members, messages: countMessages(userClass, members) };
    }
  }
  for (let round = 0; round < groupRounds; round++) {
    for (let first = 0; first < (userClass.groups ?? users); first++) {
      const stride = STRIDES[round] ?? 1;
      const members = Array.from({ length: groupSize }, (_, index) => (first + index * stride) % users);
      const messages = countMessages(userClass, members);
      yield { type: GROUP_CHANNEL, name: groupName(name, round * users + first), members, messages };
    }
  }
}

export function groupName(className: string, group: number): string {
  return `${className}-group-${group}`;
}

export function uidOf({ name }: Pick<UserClass, 'name'>, user: number): string {
  return `${name}-${user}`;
}

function countMessages({ messages, readerMessages }: UserClass, members: readonly number[]): number {
  const isAskedFor = members.some((member) => member < READERS);
  return isAskedFor ? (readerMessages ?? messages) : messages;
}
