import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { AppError } from '../../domain/errors.js';
import { syncRoomMessages } from '../../engine/sync-room-messages.js';
import type { RoomMessagePage } from '../../ports/room-store.js';
import type { RoomMessage } from '../../domain/room.js';
import { sendJson } from '../send-json.js';
import { errorReplies } from './error-replies.js';
import { arrayJson, mapJson } from './json-text.js';
import { Metas, metasJson } from './metas.js';
import type { KettleOptions } from './options.js';
import { choice, flag, id, list } from './parameter-kinds.js';
import { parameters, refused, required, type Values } from './parameters.js';
import { actorOf } from './reader.js';
import { mapOf, succeedJson, success } from './schemas.js';
import { Page, toPage } from './sync-parameters.js';
import { toChatroomJson, WireChatroom } from './wire-chatroom.js';
import { toConversationJson, WireConversation } from './wire-conversation.js';
import { toWireReactions, WireReaction } from './wire-reaction.js';

const INVALID_CONVERSATION = 'Invalid conversation ID!';

const INVALID_ROOM = 'Invalid chatroom_id!';

const Query = {
  ...Page,
  chatroom_id: required(id('whose messages', INVALID_ROOM), INVALID_ROOM),
  conversation_id: id('only this message', INVALID_CONVERSATION),
  is_local_db: flag(
    'whether the client keeps a database: ordered by last_updated, else by creation; true when absent',
  ),
  order_by: choice('of messages by creation', ['DESC', 'ASC'], 'Invalid order by value!'),
  excluded_conversation_states: list('states of messages to leave out'),
};

export const MessagesData = Type.Object({
  conversations_data: Type.Array(WireConversation),
  chatroom_meta: mapOf(WireChatroom),
  chatroom_reactions_meta: mapOf(Type.Array(WireReaction)),
  ...Metas,
});

const schema = {
  operationId: 'syncRoomMessages',
  summary: "A room's messages",
  description: `By \`last_updated\` within both bounds. Deleted messages stay listed. Everything that a row mentions is in the
metas of its page.`,
  querystring: parameters(Query),
  response: { 200: success(MessagesData, 'A page of messages.'), ...errorReplies('PERMISSION_DENIED') },
};

export const syncConversationsRoute: FastifyPluginAsyncTypebox<KettleOptions> = async (app, options) => {
  const { engine, overlapSeconds } = options;
  app.get('/conversation/sync', { schema }, async (request, reply) => {
    const actor = actorOf(request);
    const input = { ...actor, ...toQuery(request.query), overlapSeconds };
    const page = await syncRoomMessages(engine, input).catch(explainUnknownMessage);
    const view = { readerId: actor.userId, nowMs: engine.clock.nowMs() };
    return sendJson(reply, succeedJson(toMessagesJson(page, view)));
  });
};

function toQuery(query: Values<typeof Query>) {
  return {
    ...toPage(query),
    roomId: query.chatroom_id,
    messageId: query.conversation_id,
    isForDatabase: query.is_local_db ?? true,
    direction: query.order_by === 'ASC' ? ('ascending' as const) : ('descending' as const),
    excludedStates: query.excluded_conversation_states ?? [],
  };
}

/** Clients expect a 400 for a conversation_id that is of no message in the room. */
function explainUnknownMessage(error: unknown): never {
  const isUnknown = error instanceof AppError && error.code === 'NOT_FOUND';
  throw isUnknown ? refused('conversation_id', INVALID_CONVERSATION) : error;
}

/** The texts of what `MessagesData` describes. */
export function toMessagesJson(
  page: RoomMessagePage,
  { readerId, nowMs }: { readonly readerId: number; readonly nowMs: number },
): string[] {
  const { room, messages, references, roomReactions } = page;
  const { users, community } = references;
  const communityId = community.id;
  const view = { communityId, readerId, users, hasReactions: roomReactions.length > 0 };
  const toRow = (message: RoomMessage): string => toConversationJson(message, { communityId, nowMs });
  return [
    '{"conversations_data":',
    ...arrayJson(messages, toRow),
    ',"chatroom_meta":',
    ...mapJson([room], () => toChatroomJson(room, view)),
    `,"chatroom_reactions_meta":${JSON.stringify(toRoomReactions(page))},`,
    ...metasJson(references, { messages, nowMs }),
    '}',
  ];
}

function toRoomReactions({ room, roomReactions }: RoomMessagePage) {
  if (roomReactions.length === 0) return {};
  return { [room.id]: toWireReactions(roomReactions, { roomId: room.id, messageId: undefined }) };
}
