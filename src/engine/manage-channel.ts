import type { ChannelKey } from '../domain/channel.js';
import type { ChannelSettings } from '../ports/store.js';
import { batches } from './batches.js';
import type { Engine, GroupChannel } from './engine.js';

/** How many members one write transaction changes, so that a large group does not hold up other writes. */
const BATCH = 1000;

export interface PutChannelInput extends GroupChannel {
  readonly settings: Partial<ChannelSettings>;
}

/** Creates a group or updates those of its settings that are given. */
export function putChannel({ store }: Engine, input: PutChannelInput): Promise<void> {
  const { communityId, settings } = input;
  return store.putChannel({ communityId, channel: groupKey(input), settings });
}

export interface AddSubscribers extends GroupChannel {
  readonly uids: readonly string[];
  /** Whether everyone else is removed. */
  readonly reset: boolean;
}

/** Makes users members of a group. Who is a member already keeps his state. */
export async function addSubscribers(engine: Engine, input: AddSubscribers): Promise<void> {
  const { communityId, uids, reset } = input;
  const channel = groupKey(input);
  if (reset) await removeAllBut(engine, input, new Set(uids));
  for (const batch of batches([...new Set(uids)], BATCH)) {
    await engine.store.addSubscribers({ communityId, channel, uids: batch });
  }
}

export interface RemoveSubscribers extends GroupChannel {
  readonly uids: readonly string[];
}

/** Ends memberships; uids that are not members are passed over. */
export async function removeSubscribers({ store }: Engine, input: RemoveSubscribers): Promise<void> {
  const { communityId, uids } = input;
  for (const batch of batches([...new Set(uids)], BATCH)) {
    await store.removeSubscribers({ communityId, channel: groupKey(input), uids: batch });
  }
}

/** Deletes a group: its members lose it, and who joins a group of the same id later finds it empty. */
export async function deleteChannel(engine: Engine, input: GroupChannel): Promise<void> {
  await engine.store.deleteChannel({ communityId: input.communityId, channel: groupKey(input) });
  await removeAllBut(engine, input, new Set());
}

async function removeAllBut(
  { store }: Engine,
  input: GroupChannel,
  keep: ReadonlySet<string>,
): Promise<void> {
  const { communityId } = input;
  const channel = groupKey(input);
  for (let afterUserId = 0; ;) {
    const members = await store.listSubscribers({ communityId, channel, afterUserId, limit: BATCH });
    const last = members.at(-1);
    if (!last) return;
    afterUserId = last.userId;
    const uids = members.map(({ uid }) => uid).filter((uid) => !keep.has(uid));
    await store.removeSubscribers({ communityId, channel, uids });
  }
}

function groupKey({ channelId, channelType }: GroupChannel): ChannelKey {
  return { type: channelType, name: channelId };
}
