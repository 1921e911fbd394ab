import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import type { FastifyRequest } from 'fastify';
import { syncRooms } from '../../engine/sync-rooms.js';
import { queryOf } from './body.js';
import { Metas, toMetas } from './metas.js';
import type { KettleOptions } from './options.js';
import { findFlag, findId, findList, findWord } from './parameters.js';
import { actorOf } from './reader.js';
import { mapOf, NullableInteger, succeed, success } from './schemas.js';
import { readPage } from './sync-parameters.js';
import { toWireChatroom, WireChatroom } from './wire-chatroom.js';

/** Their shipped versions leave `is_local_db` out and rely on its being false. */
const PLATFORMS_WITHOUT_DATABASE: ReadonlySet<unknown> = new Set(['ios', 'web', 'fl', 'rt']);

const Data = Type.Object({
  chatrooms_data: Type.Array(WireChatroom),
  sync_meta: mapOf(Type.Object({ unseen_count: Type.Integer(), last_conversation_id: NullableInteger })),
  ...Metas,
});

export const syncChatroomsRoute: FastifyPluginAsyncTypebox<KettleOptions> = async (app, options) => {
  const { engine, overlapSeconds } = options;
  app.get('/chatroom/sync', { schema: { response: { 200: success(Data) } } }, async (request) => {
    const actor = actorOf(request);
    const { rooms, references } = await syncRooms(engine, {
      ...actor,
      ...readQuery(request),
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

function readQuery(request: FastifyRequest) {
  const query = queryOf(request);
  const hasDatabase = !PLATFORMS_WITHOUT_DATABASE.has(request.headers['x-platform-code']);
  return {
    ...readPage(query),
    isForDatabase: findFlag(query, 'is_local_db') ?? hasDatabase,
    roomTypes: findList(query, 'chatroom_types'),
    messageStates: findList(query, 'included_conversation_states'),
    roomId: findId(query, 'chatroom_id', 'Invalid chatroom ID!'),
    tag: findWord(query, 'tag'),
  };
}

/** What clients of a later version of the API look for here, and not in the row. */
function toSyncMeta(row: { unseen_count: number; last_conversation_id: number | null }) {
  return { unseen_count: row.unseen_count, last_conversation_id: row.last_conversation_id };
}
