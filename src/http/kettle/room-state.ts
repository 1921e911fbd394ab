import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../domain/errors.js';
import { errorReplies } from './error-replies.js';
import type { KettleOptions } from './options.js';
import { flag, id, looseIdentifier } from './parameter-kinds.js';
import { getGiven, merge, parameters, type Values } from './parameters.js';
import { actorOf, type Reader } from './reader.js';
import { DONE, Done } from './schemas.js';

/** Rooms have two names for their id, by the age of the call. The user may be named beside his token. */
const Room = {
  chatroom_id: id('the room'),
  collabcard_id: id('the room, by its older name; required without chatroom_id'),
  member_id: looseIdentifier("the caller's own id, if anything"),
  uuid: looseIdentifier("the caller's own uuid, if anything"),
};

const WithValue = { ...Room, value: flag('required: whether, or no longer') };
const WithMessage = { ...Room, conversation_id: id('required: the message') };

type Described = Readonly<{ operationId: string; summary: string }>;

/** The SDKs write the parameters into the query string or into the body. */
function anywhere<Params extends Parameters<typeof parameters>[0]>(declared: Params, described: Described) {
  const given = parameters(declared);
  const response = { 200: Done, ...errorReplies('PERMISSION_DENIED', 'NOT_FOUND') };
  const description = 'Parameters may be in the query string or in the body.';
  return { ...described, description, querystring: given, body: given, response };
}

/** A user's own state in a room. */
export const roomStateRoutes: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  const { store } = engine;

  const follow = anywhere(WithValue, { operationId: 'followRoom', summary: 'Follow a room, or no longer' });
  app.put('/chatroom/follow', { schema: follow }, async (request) => {
    const given = merge(request.query, request.body);
    await store.setFollowing({ ...toRoom(request, given), value: getGiven(given.value, 'value') });
    return DONE;
  });

  const mute = anywhere(WithValue, { operationId: 'muteRoom', summary: 'Mute a room, or no longer' });
  app.put('/chatroom/mute', { schema: mute }, async (request) => {
    const given = merge(request.query, request.body);
    await store.setMuted({ ...toRoom(request, given), value: getGiven(given.value, 'value') });
    return DONE;
  });

  const read = anywhere(Room, { operationId: 'markRoomRead', summary: 'Mark a room as read' });
  app.post('/chatroom/mark_read', { schema: read }, async (request) => {
    await store.markRoomRead(toRoom(request, merge(request.query, request.body)));
    return DONE;
  });

  const seen = anywhere(Room, { operationId: 'openRoom', summary: 'Mark a room as read on opening it' });
  app.put('/chatroom/seen', { schema: seen }, async (request) => {
    await store.markRoomRead(toRoom(request, merge(request.query, request.body)));
    return DONE;
  });

  const topic = anywhere(WithMessage, {
    operationId: 'setTopic',
    summary: 'Pin a message as the topic of its room',
  });
  app.put('/conversation/topic', { schema: topic }, async (request) => {
    const given = merge(request.query, request.body);
    const messageId = getGiven(given.conversation_id, 'conversation_id');
    await store.setTopic({ ...toRoom(request, given), messageId });
    return DONE;
  });
};

function toRoom(request: FastifyRequest, given: Values<typeof Room>) {
  requireSelf(request.reader, given);
  const roomId = getGiven(given.collabcard_id ?? given.chatroom_id, 'chatroom_id');
  return { ...actorOf(request), roomId };
}

/** Who is named beside the token has to be its user. */
function requireSelf({ userId, user }: Reader, given: Values<typeof Room>): void {
  const own: ReadonlySet<unknown> = new Set([undefined, user.uid, String(userId)]);
  const field = (['member_id', 'uuid'] as const).find((name) => !own.has(given[name]));
  if (field === undefined) return;
  throw new AppError('PERMISSION_DENIED', `${field} is somebody else's`, { field });
}
