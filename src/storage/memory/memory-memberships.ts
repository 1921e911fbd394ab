import { pairUids, PERSON_CHANNEL, SYSTEM_UID } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import { ANNOUNCEMENT_ROOM } from '../../domain/room.js';
import { NO_VERSION } from '../../domain/version.js';
import type { SendMessage } from '../../ports/store.js';
import { isListed, type Channel, type Community, type Membership, type Moment } from './memory-state.js';

export function openForSending(
  community: Community,
  { channel: key, fromUid }: Pick<SendMessage, 'channel' | 'fromUid'>,
  moment: Moment,
): Channel {
  const existing = community.findChannel(key);
  const channel = existing ?? community.addChannel(key, moment);
  const isNew = !existing || existing.isDeleted;
  channel.isDeleted = false;
  if (key.type === PERSON_CHANNEL) {
    if (channel.lastSeq === 0) for (const uid of pairUids(key)) joinOnce(community, channel, { uid, moment });
  } else if (isNew && fromUid !== SYSTEM_UID) {
    joinOnce(community, channel, { uid: fromUid, moment });
  }
  return channel;
}

interface Join {
  readonly uid: string;
  readonly moment: Moment;
}

/** Who is a member already keeps his state. */
export function joinOnce(community: Community, channel: Channel, who: Join): void {
  if (!channel.members.get(who.uid)?.isMember) join(community, channel, who);
}

export function join(community: Community, channel: Channel, { uid, moment }: Join): Membership {
  const { version, nowMs } = moment;
  const former = channel.members.get(uid);
  const membership: Membership = {
    userId: community.ensureUser(uid, nowMs).id,
    uid,
    isMember: true,
    version,
    joinedVersion: version,
    delistedVersion: former?.delistedVersion ?? NO_VERSION,
    readSeq: channel.lastSeq,
    floorSeq: Math.max(former?.floorSeq ?? 0, channel.floorSeq),
    mark: 0,
    isFollowing: true,
    isMuted: false,
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

export function requireSender(community: Community, channel: Channel | undefined, uid: string): void {
  if (!channel?.members.get(uid)?.isMember) {
    throw new AppError('PERMISSION_DENIED', `${uid} is not a member of this channel`);
  }
  const { ban, disband, sendBan } = channel.settings;
  const isForOthers = channel.roomType === ANNOUNCEMENT_ROOM && !community.users.get(uid)?.isManager;
  if (ban || disband || sendBan || isForOthers)
    throw new AppError('PERMISSION_DENIED', 'this channel takes no messages');
}
