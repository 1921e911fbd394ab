import { Type, type Static } from '@sinclair/typebox';
import type { Reaction } from '../../domain/room.js';
import { NullableInteger } from './schemas.js';

export const WireReaction = Type.Object(
  {
    id: Type.Integer(),
    reaction: Type.String(),
    user_id: Type.Integer(),
    chatroom_id: Type.Integer(),
    conversation_id: NullableInteger,
  },
  { $id: 'KettleReaction' },
);

interface Target {
  readonly roomId: number;
  /** Undefined: the room itself. */
  readonly messageId: number | undefined;
}

export function toWireReactions(
  reactions: readonly Reaction[],
  { roomId, messageId }: Target,
): Static<typeof WireReaction>[] {
  return reactions.map(({ id, reaction, userId }) => {
    return { id, reaction, user_id: userId, chatroom_id: roomId, conversation_id: messageId ?? null };
  });
}
