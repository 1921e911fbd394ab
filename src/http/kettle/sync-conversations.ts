import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { AppError } from '../../domain/errors.js';
import { syncRoomMessages } from '../../engine/sync-room-messages.js';
import type { RoomMessagePage } from '../../ports/room-store.js';
import { queryOf } from './body.js';
import { Metas, toMetas } from './metas.js';
import type { KettleOptions } from './options.js';
import { findFlag, findId, findList, findWord, getId, refused, type Params } from './parameters.js';
import { actorOf } from './reader.js';
import { mapOf, succeed, success } from './schemas.js';
import { readPage } from './sync-parameters.js';
import { toWireChatroom, WireChatroom } from './wire-chatroom.js';
import { toWireConversation, WireConversation } from './wire-conversation.js';
import { toWireReactions, WireReaction } from './wire-reaction.js';

const INVALID_CONVERSATION = 'Invalid conversation ID!';

const Data = Type.Object({
  conversations_data: Type.Array(WireConversation),
  chatroom_meta: mapOf(WireChatroom),
  chatroom_reactions_meta: mapOf(Type.Array(WireReaction)),
  ...Metas,
});

export const syncConversationsRoute: FastifyPluginAsyncTypebox<KettleOptions> = async (app, options) => {
  const { engine, overlapSeconds } = options;
  app.get('/conversation/sync', { schema: { response: { 200: success(Data) } } }, async (request) => {
    const actor = actorOf(request);
    const { communityId, userId: readerId } = actor;
    const input = { ...actor, ...readQuery(queryOf(request)), overlapSeconds };
    const page = await syncRoomMessages(engine, input).catch(explainUnknownMessage);
    const nowMs = engine.clock.nowMs();
    const { room, messages, references } = page;
    const view = { communityId, readerId, users: references.users, hasReactions: hasReactions(page) };
    return succeed({
      conversations_data: messages.map((message) => toWireConversation(message, { communityId, nowMs })),
      chatroom_meta: { [room.id]: toWireChatroom(room, view) },
      chatroom_reactions_meta: toRoomReactions(page),
      ...toMetas(references, { messages, nowMs }),
    });
  });
};

function readQuery(query: Params) {
  return {
    ...readPage(query),
    roomId: getId(query, 'chatroom_id', 'Invalid chatroom_id!'),
    messageId: findId(query, 'conversation_id', INVALID_CONVERSATION),
    isForDatabase: findFlag(query, 'is_local_db') ?? true,
    direction: readDirection(findWord(query, 'order_by')),
    excludedStates: findList(query, 'excluded_conversation_states') ?? [],
  };
}

function readDirection(orderBy = 'DESC'): 'ascending' | 'descending' {
  const word = orderBy.toUpperCase();
  if (word === 'ASC') return 'ascending';
  if (word === 'DESC') return 'descending';
  throw refused('order_by', 'Invalid order by value!');
}

/** Clients expect a 400 for a conversation_id that is of no message in the room. */
function explainUnknownMessage(error: unknown): never {
  const isUnknown = error instanceof AppError && error.code === 'NOT_FOUND';
  throw isUnknown ? refused('conversation_id', INVALID_CONVERSATION) : error;
}

function hasReactions({ roomReactions }: RoomMessagePage): boolean {
  return roomReactions.length > 0;
}

function toRoomReactions({ room, roomReactions }: RoomMessagePage) {
  if (roomReactions.length === 0) return {};
  return { [room.id]: toWireReactions(roomReactions, { roomId: room.id, messageId: undefined }) };
}
