import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { AppError, invalidArgument } from '../../domain/errors.js';
import { bodyOf, queryOf } from './body.js';
import type { KettleOptions } from './options.js';
import { findFlag, findId, getId, merge, type Params } from './parameters.js';
import { actorOf, type Reader } from './reader.js';
import { DONE, Done } from './schemas.js';

/** A user's own state in a room. The SDKs write the parameters into the query string or into the body. */
export const roomStateRoutes: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  const schema = { response: { 200: Done } };
  const { store } = engine;

  app.put('/chatroom/follow', { schema }, async (request) => {
    const params = readParams(request);
    await store.setFollowing({ ...toRoom(request, params), value: getFlag(params, 'value') });
    return DONE;
  });

  app.put('/chatroom/mute', { schema }, async (request) => {
    const params = readParams(request);
    await store.setMuted({ ...toRoom(request, params), value: getFlag(params, 'value') });
    return DONE;
  });

  app.post('/chatroom/mark_read', { schema }, async (request) => {
    await store.markRoomRead(toRoom(request, readParams(request)));
    return DONE;
  });

  // Sent when a user opens a room.
  app.put('/chatroom/seen', { schema }, async (request) => {
    await store.markRoomRead(toRoom(request, readParams(request)));
    return DONE;
  });

  app.put('/conversation/topic', { schema }, async (request) => {
    const params = readParams(request);
    const messageId = getId(params, 'conversation_id');
    await store.setTopic({ ...toRoom(request, params), messageId });
    return DONE;
  });
};

function readParams(request: FastifyRequest): Params {
  return merge(queryOf(request), bodyOf(request));
}

/** Rooms have two names for their id, by the age of the call. */
function toRoom(request: FastifyRequest, params: Params) {
  requireSelf(request.reader, params);
  const roomId = findId(params, 'collabcard_id') ?? getId(params, 'chatroom_id');
  return { ...actorOf(request), roomId };
}

/** The SDKs name the user beside his token. It has to be him. */
function requireSelf({ userId, user }: Reader, params: Params): void {
  const own: ReadonlySet<unknown> = new Set([undefined, null, '', user.uid, userId, String(userId)]);
  const field = ['member_id', 'uuid'].find((name) => !own.has(params[name]));
  if (field === undefined) return;
  throw new AppError('PERMISSION_DENIED', `${field} is somebody else's`, { field });
}

function getFlag(params: Params, name: string): boolean {
  const value = findFlag(params, name);
  if (value === undefined) throw invalidArgument(name, 'is required');
  return value;
}
