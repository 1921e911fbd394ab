import { PERSON_CHANNEL } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import type {
  ChangeSubscribers,
  ChannelCommand,
  MarkRead,
  PutChannel,
  SetUnread,
  UserChannelCommand,
} from '../../ports/store.js';
import { changeMembership, join } from './memory-memberships.js';
import {
  isSame,
  noSettings,
  unreadMessages,
  type Channel,
  type Community,
  type Membership,
} from './memory-state.js';

export function putChannel(
  community: Community,
  { channel: key, settings }: PutChannel,
  nowMs: number,
): void {
  const existing = community.findChannel(key);
  const changed = { ...(existing?.settings ?? noSettings()), ...settings };
  if (existing && !existing.isDeleted && isSame(existing.settings, changed)) return;
  const moment = community.tick(nowMs);
  const channel = existing ?? community.addChannel(key, moment);
  Object.assign(channel.settings, changed);
  channel.isDeleted = false;
  channel.version = moment.version;
}

export function addSubscribers(
  community: Community,
  { channel: key, uids }: ChangeSubscribers,
  nowMs: number,
): void {
  const existing = community.findChannel(key);
  const joining = uids.filter((uid) => !existing?.members.get(uid)?.isMember);
  if (existing && !existing.isDeleted && joining.length === 0) return;
  const moment = community.tick(nowMs);
  const channel = existing ?? community.addChannel(key, moment);
  channel.isDeleted = false;
  for (const uid of joining) join(community, channel, { uid, moment });
}

export function removeSubscribers(
  community: Community,
  { channel: key, uids }: ChangeSubscribers,
  nowMs: number,
): void {
  const channel = community.findChannel(key);
  const leaving = uids.map((uid) => channel?.members.get(uid)).filter((member) => member?.isMember);
  if (!channel || leaving.length === 0) return;
  const { version } = community.tick(nowMs);
  for (const membership of leaving) {
    if (membership) changeMembership(channel, membership, { version, isMember: false, mark: 0 });
  }
}

export function deleteChannel(community: Community, { channel: key }: ChannelCommand, nowMs: number): void {
  const channel = community.findChannel(key);
  if (!channel || channel.isDeleted) return;
  channel.version = community.tick(nowMs).version;
  channel.floorSeq = channel.lastSeq;
  channel.isDeleted = true;
  Object.assign(channel.settings, noSettings());
}

export function markRead(community: Community, command: MarkRead, nowMs: number): void {
  const own = findOwn(community, command);
  if (own) changeOwn(community, { ...own, change: readUpTo(own, command.seq) }, nowMs);
}

/** What marking as read changes, up to `seq` or to the newest. */
export function readUpTo({ channel, membership }: Own, seq: number | undefined): Partial<Membership> {
  const { lastSeq } = channel;
  return { readSeq: Math.max(membership.readSeq, Math.min(seq ?? lastSeq, lastSeq)), mark: 0 };
}

export function setUnread(community: Community, command: SetUnread, nowMs: number): void {
  const { channel: key, uid, unread } = command;
  const own = findOwn(community, command);
  if (own) return changeOwn(community, { ...own, change: unreadExactly(own, unread) }, nowMs);
  if (unread === 0) return;
  if (key.type !== PERSON_CHANNEL) throw new AppError('NOT_FOUND', `${uid} is not a member of this channel`);
  const moment = community.tick(nowMs);
  const channel = community.findChannel(key) ?? community.addChannel(key, moment);
  channel.isDeleted = false;
  join(community, channel, { uid, moment }).mark = unread;
}

function unreadExactly({ channel, membership }: Own, unread: number): Partial<Membership> {
  const counted = unreadMessages(channel, membership);
  if (unread > 0 && unread >= counted.length) return { mark: unread - counted.length };
  const oldestUnread = counted.at(counted.length - unread);
  return { readSeq: oldestUnread ? oldestUnread.seq - 1 : channel.lastSeq, mark: 0 };
}

export function deleteConversation(community: Community, command: UserChannelCommand, nowMs: number): void {
  const own = findOwn(community, command);
  if (!own) return;
  const { lastSeq } = own.channel;
  changeOwn(community, { ...own, change: { floorSeq: lastSeq, readSeq: lastSeq, mark: 0 } }, nowMs);
}

/** A live membership and its channel. */
export interface Own {
  readonly channel: Channel;
  readonly membership: Membership;
}

function findOwn(community: Community, { channel: key, uid }: UserChannelCommand): Own | undefined {
  const channel = community.findChannel(key);
  const membership = channel?.members.get(uid);
  return channel && membership?.isMember ? { channel, membership } : undefined;
}

/** Changes a user's own state and moves its version, if that changes something. */
export function changeOwn(
  community: Community,
  { channel, membership, change }: Own & { readonly change: Partial<Membership> },
  nowMs: number,
): void {
  if (isSame(membership, change)) return;
  changeMembership(channel, membership, { ...change, version: community.tick(nowMs).version });
}
