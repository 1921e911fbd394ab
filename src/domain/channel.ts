/** Channel types with a meaning of their own; every other type behaves like a group. */
export const PERSON_CHANNEL = 1;
export const GROUP_CHANNEL = 2;
export const MAX_CHANNEL_TYPE = 255;

/** The uid behind messages that no user sent. On the wire it is the empty text. */
export const SYSTEM_UID = '____system';

/**
 * Which channel, the same for every reader. A group's name is its channel id. A person channel's name is
 * made of its two uids, so that both sides reach one channel without any hashing.
 */
export interface ChannelKey {
  readonly type: number;
  readonly name: string;
}

/** Uids hold no control characters, so a line feed separates the two for certain. */
const PAIR_SEPARATOR = '\n';

/** The channel that `uid` means by `(channelId, type)`: for a person channel, the id is the peer's uid. */
export function channelKey(uid: string, channelId: string, type: number): ChannelKey {
  return { type, name: type === PERSON_CHANNEL ? pairName(uid, channelId) : channelId };
}

/** The id by which `uid` knows the channel; the reverse of `channelKey`. */
export function channelIdFor(uid: string, channel: ChannelKey): string {
  if (channel.type !== PERSON_CHANNEL) return channel.name;
  const [low, high] = pairUids(channel);
  return low === uid ? high : low;
}

/** Both uids of a person channel; twice the same for notes to oneself. */
export function pairUids(channel: ChannelKey): readonly [string, string] {
  const [low = '', high = ''] = channel.name.split(PAIR_SEPARATOR);
  return [low, high];
}

function pairName(one: string, other: string): string {
  return one < other ? one + PAIR_SEPARATOR + other : other + PAIR_SEPARATOR + one;
}
