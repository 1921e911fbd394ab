import { type ChannelKey, PERSON_CHANNEL, SYSTEM_UID } from '../../domain/channel.js';
import type { Message } from '../../domain/message.js';
import {
  type Attachment,
  type Community as CommunityProfile,
  COUNTED_STATES,
  DIRECT_ROOM,
  NORMAL_ROOM,
  type PollRules,
  type Reaction,
  type User,
  type Widget,
} from '../../domain/room.js';
import { NO_VERSION, nextVersion, type Version } from '../../domain/version.js';
import type { ChannelSettings } from '../../ports/store.js';

export interface StoredMessage extends Message {
  readonly authorId: number;
  readonly state: number;
  readonly version: Version;
  readonly replyToId: number | undefined;
  readonly attachments: readonly Attachment[];
  readonly poll: StoredPoll | undefined;
  readonly widget: Widget | undefined;
  readonly reactions: Reaction[];
  payload: Uint8Array;
  extras: Readonly<Record<string, unknown>>;
  updatedVersion: Version;
  isEdited: boolean;
  deletedById: number | undefined;
}

export interface StoredPoll extends PollRules {
  readonly options: StoredPollOption[];
}

export interface StoredPollOption {
  readonly id: number;
  readonly text: string;
  readonly userId: number;
  readonly voterIds: Set<number>;
}

export interface Channel {
  readonly id: number;
  readonly key: ChannelKey;
  readonly createdAtMs: number;
  readonly settings: { -readonly [name in keyof ChannelSettings]: boolean };
  readonly members: Map<string, Membership>;
  /** To the room itself. */
  readonly reactions: Reaction[];
  messages: StoredMessage[];
  lastSeq: number;
  version: Version;
  floorSeq: number;
  isDeleted: boolean;
  roomType: number;
  /** Undefined when nobody in particular has made it. */
  creatorId: number | undefined;
  /** Empty where the room goes by the name of the channel or of the peer. */
  title: string;
  /** Empty where it is the title. */
  header: string;
  imageUrl: string | undefined;
  tag: string | undefined;
  isSecret: boolean;
  topicId: number | undefined;
}

export interface Membership {
  readonly userId: number;
  readonly uid: string;
  isMember: boolean;
  version: Version;
  joinedVersion: Version;
  delistedVersion: Version;
  readSeq: number;
  floorSeq: number;
  mark: number;
  isFollowing: boolean;
  isMuted: boolean;
}

/** When a write happens: its place in the history, and the time. */
export interface Moment {
  readonly version: Version;
  readonly nowMs: number;
}

/** Everything that one community holds. */
export class Community {
  readonly profile: CommunityProfile;
  readonly channels = new Map<string, Channel>();
  /** At which version the latest of a user's purged memberships left his list. */
  readonly purgedVersions = new Map<string, Version>();
  /** By uid. A name may be empty here. */
  readonly users = new Map<string, User>();
  /** Stands for whoever made what nobody in particular has made. */
  readonly systemId: number;
  apiKeyHash: string | undefined;
  lastVersion: Version = NO_VERSION;
  lastMessageId = 0;
  /** Of attachments, poll options and reactions. */
  lastItemId = 0;

  constructor({ id, name, createdAtMs }: { id: number; name: string; createdAtMs: number }) {
    this.profile = { id, name, imageUrl: undefined, purpose: undefined };
    const system = this.ensureUser(SYSTEM_UID, createdAtMs);
    this.users.set(SYSTEM_UID, { ...system, name: 'System' });
    this.systemId = system.id;
  }

  findChannel(key: ChannelKey): Channel | undefined {
    return this.channels.get(channelMapKey(key));
  }

  findRoom(id: number): Channel | undefined {
    return [...this.channels.values()].find((channel) => channel.id === id);
  }

  addChannel(key: ChannelKey, { version, nowMs }: Moment): Channel {
    const channel: Channel = {
      id: this.channels.size + 1,
      key,
      createdAtMs: nowMs,
      settings: noSettings(),
      members: new Map(),
      reactions: [],
      messages: [],
      lastSeq: 0,
      version,
      floorSeq: 0,
      isDeleted: false,
      roomType: key.type === PERSON_CHANNEL ? DIRECT_ROOM : NORMAL_ROOM,
      creatorId: undefined,
      title: '',
      header: '',
      imageUrl: undefined,
      tag: undefined,
      isSecret: false,
      topicId: undefined,
    };
    this.channels.set(channelMapKey(key), channel);
    return channel;
  }

  ensureUser(uid: string, nowMs: number): User {
    const existing = this.users.get(uid);
    if (existing) return existing;
    const flags = { imageUrl: undefined, isGuest: false, isManager: false };
    const user = { id: this.users.size + 1, uid, name: '', ...flags, createdAtMs: nowMs };
    this.users.set(uid, user);
    return user;
  }

  findUserById(id: number): User | undefined {
    return [...this.users.values()].find((user) => user.id === id);
  }

  tick(nowMs: number): Moment {
    this.lastVersion = nextVersion(this.lastVersion, nowMs);
    return { version: this.lastVersion, nowMs };
  }

  nextItemId(): number {
    this.lastItemId += 1;
    return this.lastItemId;
  }
}

export function channelMapKey({ type, name }: ChannelKey): string {
  return `${type}:${name}`;
}

export function noSettings(): Channel['settings'] {
  return { large: false, ban: false, disband: false, sendBan: false, allowStranger: false };
}

export function isListed(channel: Channel, membership: Membership): boolean {
  return membership.isMember && (channel.lastSeq > membership.floorSeq || membership.mark > 0);
}

/** The messages that count as unread, oldest first: the equation of the specification, by looking at each one. */
export function unreadMessages(channel: Channel, membership: Membership): StoredMessage[] {
  return channel.messages.filter(
    (message) =>
      message.seq > membership.readSeq &&
      message.seq > membership.floorSeq &&
      message.fromUid !== membership.uid &&
      isCounted(message),
  );
}

function isCounted({ redDot, state, deletedById }: StoredMessage): boolean {
  return redDot && COUNTED_STATES.includes(state) && deletedById === undefined;
}

/** What a user has not deleted for himself, oldest first. */
export function visibleMessages(channel: Channel, membership: Membership): StoredMessage[] {
  return channel.messages.filter(({ seq }) => seq > membership.floorSeq);
}

export function later(one: Version, other: Version): Version {
  return one > other ? one : other;
}

/** Whether a change leaves everything as it is. */
export function isSame(present: object, change: object): boolean {
  return Object.entries(change).every(([name, value]) => Reflect.get(present, name) === value);
}
