import type { FastifyPluginAsync } from 'fastify';
import { describeRoutes } from '../plugins/describe-routes.js';
import { identifyPrincipals, type Credentials } from '../plugins/principal.js';
import { channelRoutes } from './channels.js';
import { ErrorReply, errorReplies } from './error-replies.js';
import { handleError } from './errors.js';
import { maxMessageSeqRoute } from './max-message-seq.js';
import type { WukongOptions } from './options.js';
import { readStateRoutes } from './read-state.js';
import { sendBatchRoute, sendMessageRoute } from './send-message.js';
import { syncByChannelsRoute } from './sync-by-channels.js';
import { syncConversationsRoute } from './sync-conversations.js';
import { syncMessagesRoute } from './sync-messages.js';

/** The WuKongIM dialect: everything below this plugin is authenticated and fails in its words. */
export const wukong: FastifyPluginAsync<WukongOptions & { readonly credentials: Credentials }> = async (
  app,
  { engine, messagesKey, credentials },
) => {
  app.setErrorHandler(handleError);
  app.addSchema(ErrorReply);
  describeRoutes(app, {
    tag: 'WuKongIM',
    security: [
      { userToken: [] },
      { adminKey: [] },
      { adminToken: [] },
      ...(credentials.auth === 'open' ? [{}] : []),
    ],
    replies: errorReplies(
      'INVALID_ARGUMENT',
      'UNAUTHENTICATED',
      'PERMISSION_DENIED',
      'RESOURCE_EXHAUSTED',
      'INTERNAL',
      'UNAVAILABLE',
    ),
    bodyReplies: errorReplies('PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'),
  });
  identifyPrincipals(app, {
    credentials,
    hasCommunity: (communityId) => engine.store.hasCommunity(communityId),
  });
  const options = { engine, messagesKey };
  await app.register(syncConversationsRoute, options);
  await app.register(syncByChannelsRoute, options);
  await app.register(syncMessagesRoute, options);
  await app.register(maxMessageSeqRoute, options);
  await app.register(sendMessageRoute, options);
  await app.register(sendBatchRoute, options);
  await app.register(channelRoutes, options);
  await app.register(readStateRoutes, options);
};
