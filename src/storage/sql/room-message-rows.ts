import { messageText, type RoomMessage } from '../../domain/room.js';
import type { Version } from '../../domain/version.js';
import type { Belongings } from './belongings.js';
import { parseObject } from './parse-object.js';

/** Who reads; what he cannot see is not there for him. */
export interface Reader {
  readonly communityId: number;
  readonly userId: number;
}

/** What an engine reads of a message, by position: a row of values is half the work of a row with names. */
export type RoomMessageRow = readonly [
  id: number,
  roomId: number,
  seq: number,
  authorId: number,
  clientMsgNo: string,
  payload: string,
  state: number,
  createdAtMs: number,
  version: Version,
  updatedVersion: Version,
  isEdited: number,
  deletedById: number | null,
  extras: string | null,
  replyToId: number | null,
];

export function toRoomMessage(row: RoomMessageRow, belongings: Belongings): RoomMessage {
  const [id, roomId, seq, authorId, clientMsgNo, payload, state, createdAtMs, version, updatedVersion] = row;
  const [, , , , , , , , , , isEdited, deletedById, extras, replyToId] = row;
  return {
    id,
    roomId,
    seq,
    authorId,
    clientMsgNo,
    text: messageText(payload),
    state,
    createdAtMs,
    version,
    updatedVersion,
    isEdited: isEdited === 1,
    deletedById: deletedById ?? undefined,
    replyToId: replyToId ?? undefined,
    extras: extras === null ? {} : parseObject(extras),
    attachments: belongings.attachments.get(id) ?? [],
    reactions: belongings.reactions.get(id) ?? [],
    poll: belongings.polls.get(id),
    widget: belongings.widgets.get(id),
  };
}
