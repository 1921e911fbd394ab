import { NO_VERSION } from '../../domain/version.js';
import type { ListConversations } from '../../ports/store.js';

/**
 * What a request for a list is like. There is one statement per shape, so that each is planned for what it is; there are
 * few shapes, and none holds a value of the request. This file has what the statements of SQLite and PostgreSQL share:
 * which conversations a client is told of, and what it lacks.
 *
 * A user's list is his memberships joined to the heads of their channels. Nothing is written per member when
 * a message is sent, so a conversation's version is the later of the two. The cost is one look-up for each
 * channel that the user is in, and does not depend on the number of messages.
 */
export interface ListShape {
  readonly hasCursor: boolean;
  readonly namesAny: boolean;
  readonly onlyUnread: boolean;
  readonly includeDeleted: boolean;
  readonly excludesAny: boolean;
  /** How many messages come with a conversation: one is looked up, more are gathered. */
  readonly messages: 'none' | 'one' | 'many';
  readonly window: 'all' | 'limit' | 'first page' | 'later page';
}

export function shapeOf(query: ListConversations): ListShape {
  const { window, messageCount } = query;
  return {
    hasCursor: query.after > NO_VERSION,
    namesAny: query.known.length > 0,
    onlyUnread: query.onlyUnread,
    includeDeleted: query.includeDeleted,
    excludesAny: query.excludeTypes.length > 0,
    messages: messagesShape(messageCount),
    window: window.kind !== 'page' ? window.kind : window.page > 1 ? 'later page' : 'first page',
  };
}

export function messagesShape(messageCount: number): ListShape['messages'] {
  return messageCount === 0 ? 'none' : messageCount === 1 ? 'one' : 'many';
}

/** What is known of a membership `m` and its channel `c`. */
export const STATE = `
  c.id, c.type, c.name, c.last_seq AS lastSeq, c.last_message_at_ms AS lastMessageAtMs,
  c.last_client_msg_no AS lastClientMsgNo, m.read_seq AS readSeq, m.floor_seq AS floorSeq, m.mark,
  m.joined_version AS joinedVersion, c.last_json AS lastJson`;

/**
 * Whether there are messages that the client lacks and that did not fit. One that follows its cursor lacks the
 * newest of those that did not fit only if that is newer than the cursor. `hasUpToSeq` is the newest seq that it has.
 */
export function limited({ hasCursor }: Pick<ListShape, 'hasCursor'>, hasUpToSeq: string): string {
  const isLeftOut = `lastSeq - @count > ${hasUpToSeq}`;
  if (!hasCursor) return isLeftOut;
  return `${isLeftOut} AND (knownSeq IS NOT NULL OR joinedVersion > @hasUpTo OR EXISTS (
    SELECT 1 FROM messages AS y
    WHERE y.community_id = @communityId AND y.channel_id = place.id AND y.seq = lastSeq - @count
      AND y.version > @hasUpTo
  ))`;
}

/** Whether the cursors let a conversation of the list through. */
export function passes({ hasCursor, namesAny }: ListShape): string {
  const isChanged = 'version > @after';
  // Not only when ours is later: a seq beyond ours is from a log that a restored backup no longer has.
  const hasGap = 'knownSeq IS NOT NULL AND knownSeq <> lastSeq';
  if (hasCursor) return namesAny ? `(${isChanged} OR ${hasGap})` : isChanged;
  return namesAny ? `(knownSeq IS NULL OR ${hasGap})` : 'TRUE';
}

/**
 * Whether the client is told of a conversation that is not on the list. Who turns pages without a cursor is
 * told, too, from the second page on: it may have left after its page was turned.
 */
export function toldOf({ includeDeleted, hasCursor, namesAny, window }: ListShape): string {
  if (!includeDeleted) return 'FALSE';
  const isNamed = namesAny ? 'knownSeq IS NOT NULL' : 'FALSE';
  const mayHaveIt = hasCursor || window === 'later page';
  return mayHaveIt ? `(${isNamed} OR delistedVersion > @after)` : isNamed;
}
