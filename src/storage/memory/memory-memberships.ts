import { pairUids, PERSON_CHANNEL, SYSTEM_UID } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import { NO_VERSION, type Version } from '../../domain/version.js';
import type { SendMessage } from '../../ports/store.js';
import { isListed, type Channel, type Community, type Membership } from './memory-state.js';

export function openForSending(
  community: Community,
  { channel: key, fromUid }: SendMessage,
  version: Version,
): Channel {
  const existing = community.findChannel(key);
  const channel = existing ?? community.addChannel(key, version);
  const isNew = !existing || existing.isDeleted;
  channel.isDeleted = false;
  if (key.type === PERSON_CHANNEL) {
    for (const uid of pairUids(key))
      if (!channel.members.has(uid)) join(community, channel, { uid, version });
  } else if (isNew && fromUid !== SYSTEM_UID && !channel.members.get(fromUid)?.isMember) {
    join(community, channel, { uid: fromUid, version });
  }
  return channel;
}

export function join(
  community: Community,
  channel: Channel,
  { uid, version }: { uid: string; version: Version },
): Membership {
  const former = channel.members.get(uid);
  const membership: Membership = {
    userId: community.userId(uid),
    uid,
    isMember: true,
    version,
    joinedVersion: version,
    delistedVersion: former?.delistedVersion ?? NO_VERSION,
    readSeq: channel.lastSeq,
    floorSeq: Math.max(former?.floorSeq ?? 0, channel.floorSeq),
    mark: 0,
  };
  channel.members.set(uid, membership);
  return membership;
}

export function changeMembership(
  channel: Channel,
  membership: Membership,
  change: Partial<Membership>,
): void {
  const wasListed = isListed(channel, membership);
  Object.assign(membership, change);
  if (wasListed && !isListed(channel, membership)) membership.delistedVersion = membership.version;
}

export function getMembership(channel: Channel, uid: string): Membership {
  const membership = channel.members.get(uid);
  if (membership?.isMember) return membership;
  throw new AppError('PERMISSION_DENIED', `${uid} is not a member of this channel`);
}

export function requireSender(channel: Channel | undefined, uid: string): void {
  if (!channel?.members.get(uid)?.isMember) {
    throw new AppError('PERMISSION_DENIED', `${uid} is not a member of this channel`);
  }
  const { ban, disband, sendBan } = channel.settings;
  if (ban || disband || sendBan) throw new AppError('PERMISSION_DENIED', 'this channel takes no messages');
}
