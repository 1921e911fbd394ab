import { AppError, invalidArgument } from '../../domain/errors.js';
import { toHeadJson, withPayload } from '../../domain/message-json.js';
import { COUNTED_STATES } from '../../domain/room.js';
import type { Version } from '../../domain/version.js';
import type { DeleteMessages, EditMessage, PostMessage, SetReaction } from '../../ports/room-store.js';
import type { SentMessage } from '../../ports/store.js';
import {
  getLiveMessage,
  getOwnMessage,
  getOwnRoom,
  requirePoster,
  touchMessage,
  touchRoom,
  type OwnMessage,
} from './room-access.js';
import { parseObject } from './parse-object.js';
import { findChannel } from './rows.js';
import { appendMessage, findFirstAnswer, openChannel } from './send-message.js';
import { count, get, run, type Steps } from './steps.js';
import type { WriteTransaction } from './write-transaction.js';

export function* postMessage(transaction: WriteTransaction, command: PostMessage): Steps<SentMessage> {
  const { communityId, userId, roomId, clientMsgNo, payload, state, replyToId, extras } = command;
  const room = yield* getOwnRoom(command);
  const place = { communityId, channelId: roomId, senderId: userId };
  const first = yield* findFirstAnswer({ clientMsgNo, payload }, place);
  if (first) return first;
  requirePoster(room);
  if (replyToId !== undefined) yield* requireReplyable(command, replyToId);
  const version = transaction.tick(communityId);
  const existing = yield* findChannel(communityId, room);
  const opening = { communityId, channel: { type: room.type, name: room.name }, fromUid: room.uid };
  const channel = yield* openChannel(transaction, opening, { existing, version });
  const sent = yield* appendMessage(
    transaction,
    {
      communityId,
      clientMsgNo,
      payload,
      redDot: COUNTED_STATES.includes(state),
      setting: 0,
      expireSeconds: 0,
    },
    {
      channel,
      key: opening.channel,
      senderId: userId,
      fromUid: room.uid,
      version,
      state,
      replyToId,
      extras: JSON.stringify(extras),
    },
  );
  yield* attach(transaction, command, sent.messageId);
  return sent;
}

function* requireReplyable(command: PostMessage, replyToId: number): Steps<void> {
  const { communityId, userId, roomId } = command;
  const isReplyable = yield* get(
    `SELECT 1 FROM messages AS x
     JOIN memberships AS m ON m.community_id = x.community_id AND m.user_id = @userId
       AND m.channel_id = x.channel_id AND m.is_member = 1
     WHERE x.community_id = @communityId AND x.id = @replyToId AND x.channel_id = @roomId
       AND x.seq > m.floor_seq`,
    { communityId, userId, roomId, replyToId },
  );
  if (isReplyable === undefined) {
    throw invalidArgument('replied_conversation_id', 'is not a message of this room');
  }
}

function* attach(transaction: WriteTransaction, command: PostMessage, messageId: number): Steps<void> {
  const { communityId, userId, poll, widget } = command;
  const { nowMs } = transaction;
  for (const content of command.attachments) {
    yield run('INSERT INTO attachments VALUES (@communityId, @messageId, @id, @content)', {
      communityId,
      messageId,
      id: transaction.newId(communityId, 'lastItemId'),
      content: JSON.stringify(content),
    });
  }
  if (poll) {
    const { options, isAnonymous, allowAddOption, expiresAtMs, ...rules } = poll;
    yield run(
      `INSERT INTO polls VALUES (@communityId, @messageId, @pollType, @multipleSelectState,
         @multipleSelectNo, @isAnonymous, @allowAddOption, @expiresAtMs)`,
      {
        ...rules,
        communityId,
        messageId,
        isAnonymous: Number(isAnonymous),
        allowAddOption: Number(allowAddOption),
        expiresAtMs: expiresAtMs ?? null,
      },
    );
    for (const text of options)
      yield* insertPollOption(transaction, { communityId, messageId, userId, text });
  }
  if (widget) {
    yield run('INSERT INTO widgets VALUES (@communityId, @id, @messageId, @metadata, @nowMs)', {
      communityId,
      messageId,
      id: widget.id,
      metadata: JSON.stringify(widget.metadata),
      nowMs,
    });
  }
}

interface NewPollOption {
  readonly communityId: number;
  readonly messageId: number;
  readonly userId: number;
  readonly text: string;
}

export function* insertPollOption(transaction: WriteTransaction, option: NewPollOption): Steps<number> {
  const id = transaction.newId(option.communityId, 'lastItemId');
  yield run('INSERT INTO poll_options VALUES (@communityId, @messageId, @id, @text, @userId)', {
    ...option,
    id,
  });
  return id;
}

export function* editMessage(transaction: WriteTransaction, command: EditMessage): Steps<void> {
  const { communityId, userId, payload, extras } = command;
  const message = yield* getLiveMessage(command);
  if (message.authorId !== userId) {
    throw new AppError('PERMISSION_DENIED', 'only its author may edit a message');
  }
  const former = message.extras ?? '{}';
  const changed = JSON.stringify({ ...parseObject(former), ...extras });
  if (Buffer.compare(message.payload, payload) === 0 && changed === former) return;
  const json = withPayload(message.json, payload);
  yield run(
    `UPDATE messages SET payload = @payload, extras = @extras, is_edited = 1, json = @json
     WHERE community_id = @communityId AND id = @id`,
    { communityId, id: message.id, payload, extras: changed, json },
  );
  yield run(
    `UPDATE channels SET last_json = @lastJson
     WHERE community_id = @communityId AND id = @roomId AND last_seq = @seq`,
    { communityId, roomId: message.room.roomId, seq: message.seq, lastJson: toHeadJson(json) },
  );
  yield* touchMessage(transaction, message, transaction.tick(communityId));
}

export function* deleteMessages(transaction: WriteTransaction, command: DeleteMessages): Steps<void> {
  const { communityId, userId } = command;
  const messages: OwnMessage[] = [];
  for (const messageId of new Set(command.messageIds)) {
    messages.push(yield* getOwnMessage({ communityId, userId, messageId }));
  }
  for (const { authorId, room } of messages) {
    if (authorId !== userId && !room.isManager) {
      throw new AppError('PERMISSION_DENIED', 'only its author or a manager may delete a message');
    }
  }
  const live = messages.filter(({ deletedById }) => deletedById === null);
  if (live.length === 0) return;
  // One version a room, so that no user has two conversations of the same.
  const versions = new Map<number, Version>();
  for (const message of live) {
    const { roomId } = message.room;
    const version = versions.get(roomId) ?? transaction.tick(communityId);
    versions.set(roomId, version);
    yield run(
      `UPDATE messages SET deleted_by_id = @userId, is_counted = 0
       WHERE community_id = @communityId AND id = @id`,
      { communityId, userId, id: message.id },
    );
    yield* touchMessage(transaction, message, version);
  }
}

export function* setReaction(transaction: WriteTransaction, command: SetReaction): Steps<void> {
  const { communityId, userId, target, reaction } = command;
  const message =
    'messageId' in target
      ? yield* getLiveMessage({ communityId, userId, messageId: target.messageId })
      : undefined;
  const room =
    'roomId' in target ? yield* getOwnRoom({ communityId, userId, roomId: target.roomId }) : message?.room;
  if (!room) throw new AppError('INTERNAL', 'a reaction to nothing');
  const place = { communityId, channelId: room.roomId, messageId: message?.id ?? 0, userId };
  if (!(yield* changeReaction(transaction, place, reaction))) return;
  const version = transaction.tick(communityId);
  if (message) yield* touchMessage(transaction, message, version);
  else yield* touchRoom(transaction, room, version);
}

interface ReactionPlace {
  readonly communityId: number;
  readonly channelId: number;
  readonly messageId: number;
  readonly userId: number;
}

/** Returns whether that made a difference. */
function* changeReaction(
  transaction: WriteTransaction,
  place: ReactionPlace,
  reaction: string | undefined,
): Steps<boolean> {
  if (reaction === undefined) {
    const sql = `DELETE FROM reactions WHERE community_id = @communityId AND channel_id = @channelId
      AND message_id = @messageId AND user_id = @userId`;
    return (yield* count(sql, place)) > 0;
  }
  const changes = yield* count(
    `INSERT INTO reactions VALUES (@communityId, @channelId, @messageId, @userId, @id, @reaction)
     ON CONFLICT (community_id, channel_id, message_id, user_id) DO UPDATE SET reaction = @reaction
     WHERE reactions.reaction <> @reaction`,
    { ...place, reaction, id: transaction.newId(place.communityId, 'lastItemId') },
  );
  return changes > 0;
}
