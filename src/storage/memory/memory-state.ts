import type { ChannelKey } from '../../domain/channel.js';
import type { Message } from '../../domain/message.js';
import { NO_VERSION, nextVersion, type Version } from '../../domain/version.js';
import type { ChannelSettings } from '../../ports/store.js';

export interface StoredMessage extends Message {
  readonly version: Version;
}

export function toMessage({ version: _version, ...message }: StoredMessage): Message {
  return message;
}

export interface Channel {
  readonly key: ChannelKey;
  readonly settings: { -readonly [name in keyof ChannelSettings]: boolean };
  readonly members: Map<string, Membership>;
  messages: StoredMessage[];
  lastSeq: number;
  version: Version;
  floorSeq: number;
  isDeleted: boolean;
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
}

/** Everything that one community holds. */
export class Community {
  readonly channels = new Map<string, Channel>();
  /** The highest version among a user's ended memberships that were purged. */
  readonly purgedVersions = new Map<string, Version>();
  readonly #userIds = new Map<string, number>();
  lastVersion: Version = NO_VERSION;
  lastMessageId = 0;

  findChannel(key: ChannelKey): Channel | undefined {
    return this.channels.get(channelMapKey(key));
  }

  addChannel(key: ChannelKey, version: Version): Channel {
    const channel: Channel = {
      key,
      settings: noSettings(),
      members: new Map(),
      messages: [],
      lastSeq: 0,
      version,
      floorSeq: 0,
      isDeleted: false,
    };
    this.channels.set(channelMapKey(key), channel);
    return channel;
  }

  userId(uid: string): number {
    const id = this.#userIds.get(uid) ?? this.#userIds.size + 1;
    this.#userIds.set(uid, id);
    return id;
  }

  tick(nowMs: number): Version {
    this.lastVersion = nextVersion(this.lastVersion, nowMs);
    return this.lastVersion;
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
      message.redDot,
  );
}
