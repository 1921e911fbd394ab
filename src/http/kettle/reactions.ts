import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { errorReplies } from './error-replies.js';
import type { KettleOptions } from './options.js';
import { id, identifier } from './parameter-kinds.js';
import { getGiven, merge, parameters, type Values } from './parameters.js';
import { actorOf } from './reader.js';
import { DONE, Done } from './schemas.js';

const Target = {
  conversation_id: id('the message; required without chatroom_id'),
  chatroom_id: id('the room'),
};

const Setting = parameters({ ...Target, reaction: identifier('required; an emoji') });
const Removing = parameters(Target);

const response = { 200: Done, ...errorReplies('PERMISSION_DENIED', 'NOT_FOUND') };

const setSchema = {
  operationId: 'setReaction',
  summary: 'React to a message or to a room, in place of an earlier reaction',
  querystring: Setting,
  body: Setting,
  response,
};

const removeSchema = {
  operationId: 'removeReaction',
  summary: "Take back one's reaction",
  querystring: Removing,
  body: Removing,
  response,
};

/** A user has one reaction to a message, or to a room. */
export const reactionRoutes: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  app.put('/conversation/reaction', { schema: setSchema }, async (request) => {
    const given = merge(request.query, request.body);
    const reaction = getGiven(given.reaction, 'reaction');
    await engine.store.setReaction({ ...actorOf(request), target: toTarget(given), reaction });
    return DONE;
  });

  app.delete('/conversation/reaction', { schema: removeSchema }, async (request) => {
    const target = toTarget(merge(request.query, request.body));
    await engine.store.setReaction({ ...actorOf(request), target, reaction: undefined });
    return DONE;
  });
};

function toTarget({ conversation_id: messageId, chatroom_id: roomId }: Values<typeof Target>) {
  if (messageId === undefined && roomId !== undefined) return { roomId };
  return { messageId: getGiven(messageId, 'conversation_id') };
}
