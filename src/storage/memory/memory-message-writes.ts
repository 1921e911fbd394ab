import { isDeepStrictEqual } from 'node:util';
import { AppError, invalidArgument } from '../../domain/errors.js';
import { type Attachment, COUNTED_STATES, type Reaction } from '../../domain/room.js';
import type { Version } from '../../domain/version.js';
import type { DeleteMessages, EditMessage, PostMessage, SetReaction } from '../../ports/room-store.js';
import type { SentMessage } from '../../ports/store.js';
import { openForSending, requireSender } from './memory-memberships.js';
import { append, findFirstAnswer, PLAIN_CONTENT } from './memory-messages.js';
import { getUser } from './memory-profiles.js';
import { getOwnMessage, type OwnMessage } from './memory-room-message.js';
import { getOwn } from './memory-rooms.js';
import { visibleMessages, type Community, type StoredPoll } from './memory-state.js';

export function postMessage(community: Community, command: PostMessage, nowMs: number): SentMessage {
  const { clientMsgNo, payload, state, replyToId, extras, widget } = command;
  const { channel, membership } = getOwn(community, command);
  const fromUid = membership.uid;
  const first = findFirstAnswer(channel, { fromUid, clientMsgNo, payload });
  if (first) return first;
  requireSender(community, channel, fromUid);
  const visible = visibleMessages(channel, membership);
  if (replyToId !== undefined && !visible.some(({ id }) => id === replyToId)) {
    throw invalidArgument('replied_conversation_id', 'is not a message of this room');
  }
  const moment = community.tick(nowMs);
  openForSending(community, { channel: channel.key, fromUid }, moment);
  const content = {
    ...PLAIN_CONTENT,
    fromUid,
    clientMsgNo,
    payload,
    state,
    replyToId,
    redDot: COUNTED_STATES.includes(state),
    setting: 0,
    expireSeconds: 0,
    extras: changedExtras({}, extras),
    attachments: toAttachments(community, command),
    poll: toStoredPoll(community, command),
    widget: widget && { ...widget, createdAtMs: nowMs },
  };
  return append(community, channel, { content, moment });
}

function toAttachments(community: Community, { attachments }: PostMessage): Attachment[] {
  return attachments.map((content) => ({ id: community.nextItemId(), content }));
}

function toStoredPoll(community: Community, { userId, poll }: PostMessage): StoredPoll | undefined {
  if (!poll) return undefined;
  const options = poll.options.map((text) => {
    return { id: community.nextItemId(), text, userId, voterIds: new Set<number>() };
  });
  return { ...poll, options };
}

/** Replaces the keys that are named; undefined values remove them. */
function changedExtras(
  present: Readonly<Record<string, unknown>>,
  named: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const all = Object.entries({ ...present, ...named });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

export function editMessage(community: Community, command: EditMessage, nowMs: number): void {
  const own = getOwnMessage(community, command);
  const { message } = own;
  requirePresent(own);
  if (message.authorId !== command.userId) {
    throw new AppError('PERMISSION_DENIED', 'only its author edits a message');
  }
  const extras = changedExtras(message.extras, command.extras);
  const isSameText = Buffer.compare(message.payload, command.payload) === 0;
  if (isSameText && isDeepStrictEqual(extras, message.extras)) return;
  touch(own, community.tick(nowMs).version);
  message.payload = command.payload;
  message.extras = extras;
  message.isEdited = true;
}

export function deleteMessages(community: Community, command: DeleteMessages, nowMs: number): void {
  const { userId, messageIds } = command;
  const all = [...new Set(messageIds)].map((messageId) => getOwnMessage(community, { userId, messageId }));
  for (const { message } of all) {
    if (message.authorId !== userId && !getUser(community, userId).isManager) {
      throw new AppError('PERMISSION_DENIED', 'only its author or a manager deletes a message');
    }
  }
  const present = all.filter(({ message }) => message.deletedById === undefined);
  // No operation gives two conversations of one user the same version, so each room takes its own.
  for (const room of new Set(present.map(({ channel }) => channel))) {
    const { version } = community.tick(nowMs);
    for (const own of present) {
      if (own.channel !== room) continue;
      touch(own, version);
      own.message.deletedById = userId;
    }
  }
}

export function setReaction(community: Community, command: SetReaction, nowMs: number): void {
  const { userId, reaction } = command;
  const { reactions, move } = findReacted(community, command);
  const index = reactions.findIndex((present) => present.userId === userId);
  const present = reactions[index];
  if (present?.reaction === reaction) return;
  move(community.tick(nowMs).version);
  if (reaction === undefined) reactions.splice(index, 1);
  else if (present) reactions[index] = { ...present, reaction };
  else reactions.push({ id: community.nextItemId(), userId, reaction });
}

/** What one reacts to, a message or the room itself, and how that is marked as changed. */
interface Reacted {
  readonly reactions: Reaction[];
  readonly move: (version: Version) => void;
}

function findReacted(community: Community, { userId, target }: SetReaction): Reacted {
  if ('roomId' in target) {
    const { channel } = getOwn(community, { userId, ...target });
    return { reactions: channel.reactions, move: (version) => void (channel.version = version) };
  }
  const own = getOwnMessage(community, { userId, ...target });
  requirePresent(own);
  return { reactions: own.message.reactions, move: (version) => touch(own, version) };
}

/** A deleted message takes nothing any more. */
export function requirePresent({ message }: OwnMessage): void {
  if (message.deletedById === undefined) return;
  throw new AppError('CONFLICT', `message ${message.id} was deleted`);
}

/** Marks a message, and with it its room, as changed. */
export function touch({ channel, message }: OwnMessage, version: Version): void {
  message.updatedVersion = version;
  channel.version = version;
}
