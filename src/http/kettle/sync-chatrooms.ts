import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { syncRooms } from '../../engine/sync-rooms.js';
import type { Room } from '../../domain/room.js';
import type { RoomPage } from '../../ports/room-store.js';
import { sendJson } from '../send-json.js';
import { errorReplies } from './error-replies.js';
import { arrayJson, mapJson } from './json-text.js';
import { Metas, metasJson } from './metas.js';
import type { KettleOptions } from './options.js';
import { flag, id, list, word } from './parameter-kinds.js';
import { parameters, type Values } from './parameters.js';
import { actorOf } from './reader.js';
import { mapOf, NullableInteger, succeedJson, success } from './schemas.js';
import { Page, toPage } from './sync-parameters.js';
import { toChatroomJson, WireChatroom } from './wire-chatroom.js';

/** Their shipped versions leave `is_local_db` out and rely on its being false. */
const PLATFORMS_WITHOUT_DATABASE: ReadonlySet<unknown> = new Set(['ios', 'web', 'fl', 'rt']);

const Query = {
  ...Page,
  is_local_db: flag(
    'whether the client keeps a database: by the last change of a room, else by its last message; true when absent, but for the x-platform-code of ios, web, fl and rt',
  ),
  chatroom_types: list('types of rooms; all but direct messages (10) when absent'),
  included_conversation_states: list('states in which a message counts as the last one'),
  chatroom_id: id('only this room', 'Invalid chatroom ID!'),
  tag: word('only rooms with this tag'),
};

const Headers = Type.Object({
  'x-platform-code': Type.Optional(Type.String({ description: 'of the SDK: rt, rn, an, ios, fl, web' })),
});

export const RoomsData = Type.Object({
  chatrooms_data: Type.Array(WireChatroom),
  sync_meta: mapOf(Type.Object({ unseen_count: Type.Integer(), last_conversation_id: NullableInteger })),
  ...Metas,
});

const schema = {
  operationId: 'syncChatrooms',
  summary: 'The rooms that the user follows',
  description: 'Newest first. Everything that a row mentions is in the metas of its page.',
  querystring: parameters(Query),
  headers: Headers,
  response: { 200: success(RoomsData, 'A page of rooms.'), ...errorReplies('PERMISSION_DENIED') },
};

export const syncChatroomsRoute: FastifyPluginAsyncTypebox<KettleOptions> = async (app, options) => {
  const { engine, overlapSeconds } = options;
  app.get('/chatroom/sync', { schema }, async (request, reply) => {
    const actor = actorOf(request);
    const page = await syncRooms(engine, {
      ...actor,
      ...toQuery(request.query, request.headers['x-platform-code']),
      overlapSeconds,
    });
    return sendJson(
      reply,
      succeedJson(toRoomsJson(page, { readerId: actor.userId, nowMs: engine.clock.nowMs() })),
    );
  });
};

function toQuery(query: Values<typeof Query>, platform: string | undefined) {
  return {
    ...toPage(query),
    isForDatabase: query.is_local_db ?? !PLATFORMS_WITHOUT_DATABASE.has(platform),
    roomTypes: query.chatroom_types,
    messageStates: query.included_conversation_states,
    roomId: query.chatroom_id,
    tag: query.tag,
  };
}

/** The texts of what `RoomsData` describes. */
export function toRoomsJson(
  { rooms, references }: RoomPage,
  { readerId, nowMs }: { readonly readerId: number; readonly nowMs: number },
): string[] {
  const view = { communityId: references.community.id, readerId, users: references.users };
  return [
    '{"chatrooms_data":',
    ...arrayJson(rooms, (room) => toChatroomJson(room, view)),
    `,"sync_meta":${mapJson(rooms, syncMetaJson).join('')},`,
    ...metasJson(references, { messages: [], nowMs }),
    '}',
  ];
}

/** What clients of a later version of the API look for here, and not in the row. */
function syncMetaJson({ unread, lastMessageId }: Room): string {
  return `{"unseen_count":${unread},"last_conversation_id":${lastMessageId ?? null}}`;
}
