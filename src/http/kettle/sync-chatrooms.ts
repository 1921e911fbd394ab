import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { syncRooms } from '../../engine/sync-rooms.js';
import { errorReplies } from './error-replies.js';
import { Metas, toMetas } from './metas.js';
import type { KettleOptions } from './options.js';
import { flag, id, list, word } from './parameter-kinds.js';
import { parameters, type Values } from './parameters.js';
import { actorOf } from './reader.js';
import { mapOf, NullableInteger, succeed, success } from './schemas.js';
import { Page, toPage } from './sync-parameters.js';
import { toWireChatroom, WireChatroom } from './wire-chatroom.js';

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

const Data = Type.Object({
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
  response: { 200: success(Data, 'A page of rooms.'), ...errorReplies('PERMISSION_DENIED') },
};

export const syncChatroomsRoute: FastifyPluginAsyncTypebox<KettleOptions> = async (app, options) => {
  const { engine, overlapSeconds } = options;
  app.get('/chatroom/sync', { schema }, async (request) => {
    const actor = actorOf(request);
    const { rooms, references } = await syncRooms(engine, {
      ...actor,
      ...toQuery(request.query, request.headers['x-platform-code']),
      overlapSeconds,
    });
    const view = { communityId: actor.communityId, readerId: actor.userId, users: references.users };
    const rows = rooms.map((room) => toWireChatroom(room, view));
    return succeed({
      chatrooms_data: rows,
      sync_meta: Object.fromEntries(rows.map((row) => [row.id, toSyncMeta(row)])),
      ...toMetas(references, { messages: [], nowMs: engine.clock.nowMs() }),
    });
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

/** What clients of a later version of the API look for here, and not in the row. */
function toSyncMeta(row: { unseen_count: number; last_conversation_id: number | null }) {
  return { unseen_count: row.unseen_count, last_conversation_id: row.last_conversation_id };
}
