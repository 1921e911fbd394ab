import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { invalidArgument } from '../../domain/errors.js';
import { IDENTIFIER_MAX_BYTES, IDENTIFIER_RULE, isIdentifier } from '../../domain/identifier.js';
import { bodyOf, queryOf } from './body.js';
import type { KettleOptions } from './options.js';
import { findId, findText, getId, merge, type Params } from './parameters.js';
import { actorOf } from './reader.js';
import { DONE, Done } from './schemas.js';

/** A user has one reaction to a message, or to a room. */
export const reactionRoutes: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  const schema = { response: { 200: Done } };

  app.put('/conversation/reaction', { schema }, async (request) => {
    const params = merge(queryOf(request), bodyOf(request));
    const reaction = readReaction(params);
    await engine.store.setReaction({ ...actorOf(request), target: readTarget(params), reaction });
    return DONE;
  });

  app.delete('/conversation/reaction', { schema }, async (request) => {
    const target = readTarget(merge(queryOf(request), bodyOf(request)));
    await engine.store.setReaction({ ...actorOf(request), target, reaction: undefined });
    return DONE;
  });
};

function readTarget(params: Params): { messageId: number } | { roomId: number } {
  const messageId = findId(params, 'conversation_id');
  if (messageId !== undefined) return { messageId };
  return { roomId: getId(params, params['chatroom_id'] === undefined ? 'conversation_id' : 'chatroom_id') };
}

function readReaction(params: Params): string {
  const reaction = findText(params, 'reaction', IDENTIFIER_MAX_BYTES);
  if (reaction === undefined || !isIdentifier(reaction)) throw invalidArgument('reaction', IDENTIFIER_RULE);
  return reaction;
}
