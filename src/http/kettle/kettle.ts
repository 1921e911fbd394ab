import type { FastifyPluginAsync } from 'fastify';
import type { Engine } from '../../engine/engine.js';
import { describeRoutes } from '../plugins/describe-routes.js';
import { readBodiesLeniently } from './body.js';
import { chatroomRoutes } from './chatrooms.js';
import { ErrorReply, errorReplies } from './error-replies.js';
import { handleError } from './errors.js';
import { initiateRoute } from './initiate.js';
import type { KettleSettings } from './options.js';
import { readByParameters } from './parameters.js';
import { pollRoutes } from './polls.js';
import { postConversationRoute } from './post-conversation.js';
import { changeConversationRoutes } from './change-conversations.js';
import { reactionRoutes } from './reactions.js';
import { identifyReaders } from './reader.js';
import { refreshRoute } from './refresh.js';
import { roomStateRoutes } from './room-state.js';
import { syncChatroomsRoute } from './sync-chatrooms.js';
import { syncConversationsRoute } from './sync-conversations.js';
import { createTokens } from './tokens.js';
import { validateUserRoute } from './validate-user.js';

export interface KettlePluginOptions extends KettleSettings {
  readonly engine: Engine;
  readonly jwtSecret: string;
}

/** The Kettle dialect: everything below this plugin reads, answers and fails as LikeMinds' chat SDKs expect it. */
export const kettle: FastifyPluginAsync<KettlePluginOptions> = async (app, settings) => {
  const { engine, jwtSecret, overlapSeconds } = settings;
  const tokens = createTokens(jwtSecret, settings);
  const options = { engine, tokens, overlapSeconds };
  app.setErrorHandler(handleError);
  readBodiesLeniently(app);
  app.setValidatorCompiler(readByParameters);
  app.addSchema(ErrorReply);
  describeRoutes(app, {
    tag: 'Kettle',
    security: [{ accessToken: [] }],
    replies: errorReplies(
      'INVALID_ARGUMENT',
      'UNAUTHENTICATED',
      'RESOURCE_EXHAUSTED',
      'INTERNAL',
      'UNAVAILABLE',
    ),
    bodyReplies: errorReplies('PAYLOAD_TOO_LARGE'),
  });
  await app.register(initiateRoute, options);
  await app.register(refreshRoute, options);
  await app.register(async (members) => {
    identifyReaders(members, { store: engine.store, tokens });
    await members.register(validateUserRoute, options);
    await members.register(syncChatroomsRoute, options);
    await members.register(syncConversationsRoute, options);
    await members.register(postConversationRoute, options);
    await members.register(changeConversationRoutes, options);
    await members.register(reactionRoutes, options);
    await members.register(pollRoutes, options);
    await members.register(chatroomRoutes, options);
    await members.register(roomStateRoutes, options);
  });
};
