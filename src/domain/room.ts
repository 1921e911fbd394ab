import type { ChannelKey } from './channel.js';
import type { Version } from './version.js';

/**
 * What the Kettle dialect calls rooms. A room is a channel with a face; its messages are the channel's. Ids
 * are numbers, unique in their community, rising and below 2^53.
 */

/** Room types with a meaning of their own. */
export const NORMAL_ROOM = 0;
export const ANNOUNCEMENT_ROOM = 7;
export const DIRECT_ROOM = 10;
/** The highest that a client knows. */
export const MAX_ROOM_TYPE = 11;

/** Message states with a meaning of their own; others are passed on as they came. */
export const PLAIN_STATE = 0;
export const HEADER_STATE = 1;
export const POLL_STATE = 10;

/** Messages in other states never count as unseen. */
export const COUNTED_STATES: readonly number[] = [PLAIN_STATE, POLL_STATE];

export interface Community {
  readonly id: number;
  readonly name: string;
  readonly imageUrl: string | undefined;
  readonly purpose: string | undefined;
}

export interface User {
  readonly id: number;
  /** The client's own id for the user. */
  readonly uid: string;
  readonly name: string;
  readonly imageUrl: string | undefined;
  readonly isGuest: boolean;
  /** May post announcements and delete what others wrote. */
  readonly isManager: boolean;
  readonly createdAtMs: number;
}

/** A room as one user sees it. */
export interface Room {
  readonly id: number;
  readonly channel: ChannelKey;
  readonly roomType: number;
  readonly title: string;
  readonly header: string;
  readonly imageUrl: string | undefined;
  readonly tag: string | undefined;
  readonly isSecret: boolean;
  /** Who made it; of a direct room, one of the two. */
  readonly creatorId: number;
  /** Of a direct room, the other of the two. */
  readonly peerId: number | undefined;
  readonly createdAtMs: number;
  /** Of the last change to the room, or to the user's own state in it. */
  readonly version: Version;
  readonly isFollowing: boolean;
  readonly isMuted: boolean;
  readonly unread: number;
  /** Of the newest message that the user has seen. */
  readonly lastSeenId: number | undefined;
  /** Of the newest message in a state that was asked for. */
  readonly lastMessageId: number | undefined;
  readonly topicId: number | undefined;
}

/** A message with all that the Kettle dialect shows of it. */
export interface RoomMessage {
  readonly id: number;
  readonly roomId: number;
  /** 1, 2, 3… within its room, without holes. */
  readonly seq: number;
  readonly authorId: number;
  /** The author's own key for the message. */
  readonly clientMsgNo: string;
  readonly text: string;
  readonly state: number;
  readonly createdAtMs: number;
  /** Of the write that stored it. */
  readonly version: Version;
  /** Of the write that changed it last: an edit, a deletion, a reaction, a vote. */
  readonly updatedVersion: Version;
  readonly isEdited: boolean;
  readonly deletedById: number | undefined;
  /** Undefined also when the reader cannot see the message that is replied to. */
  readonly replyToId: number | undefined;
  /** Passed on as it came: `og_tags`, `share_link`, `metadata` and the like. */
  readonly extras: Readonly<Record<string, unknown>>;
  readonly attachments: readonly Attachment[];
  readonly reactions: readonly Reaction[];
  readonly poll: Poll | undefined;
  readonly widget: Widget | undefined;
}

export interface Attachment {
  readonly id: number;
  /** `type`, `url`, `name`, `width`, `height`, `thumbnail_url`, `meta`, as it came. */
  readonly content: Readonly<Record<string, unknown>>;
}

export interface Reaction {
  readonly id: number;
  readonly userId: number;
  readonly reaction: string;
}

export interface Poll extends PollRules {
  readonly options: readonly PollOption[];
  /** How many users have voted. */
  readonly voters: number;
}

export interface PollRules {
  /** 0 instant, 1 deferred, 2 open. */
  readonly pollType: number;
  /** How many options a vote names: 0 exactly, 1 at most, 2 at least `multipleSelectNo`. */
  readonly multipleSelectState: number;
  readonly multipleSelectNo: number;
  readonly isAnonymous: boolean;
  readonly allowAddOption: boolean;
  readonly expiresAtMs: number | undefined;
}

export interface PollOption {
  readonly id: number;
  readonly text: string;
  /** Who added it. */
  readonly userId: number;
  readonly votes: number;
  /** Whether the reader voted for it. */
  readonly isSelected: boolean;
}

export interface Widget {
  readonly id: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAtMs: number;
}

/** The text of a message whose payload, read as UTF-8, is this: the `content` of JSON, else the payload itself. */
export function messageText(payload: string): string {
  // What is no object has no content, and an error is costly.
  if (!/^\s*\{/.test(payload)) return payload;
  try {
    const value = JSON.parse(payload) as { readonly content?: unknown };
    if (typeof value.content === 'string') return value.content;
  } catch {
    // Not JSON: then it is the text itself.
  }
  return payload;
}

/** The payload of a text, as the clients of the other dialect expect it. */
export function textPayload(text: string): Buffer {
  return Buffer.from(JSON.stringify({ type: 1, content: text }));
}
