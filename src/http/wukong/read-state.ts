import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from '@sinclair/typebox';
import { deleteConversation, markRead, setUnread } from '../../engine/change-read-state.js';
import type { UserChannel } from '../../engine/engine.js';
import { requireSelf, type Principal } from '../plugins/principal.js';
import { errorReplies } from './error-replies.js';
import type { WukongOptions } from './options.js';
import { ChannelType, Done, DONE, Identifier, Seq } from './schemas.js';

const MAX_UNREAD = 2 ** 31 - 1;

const Named = { uid: Identifier, channel_id: Identifier, channel_type: ChannelType };

const ClearBody = Type.Object({ ...Named, message_seq: Seq });
const SetBody = Type.Object({ ...Named, unread: Type.Integer({ minimum: 0, maximum: MAX_UNREAD }) });
const DeleteBody = Type.Object(Named);

const response = { 200: Done };

const clearSchema = {
  operationId: 'clearUnread',
  summary: 'Mark a conversation as read',
  description: 'Up to `message_seq`, or up to the newest when that is 0. What comes after it stays unread.',
  body: ClearBody,
  response,
};

const setSchema = {
  operationId: 'setUnread',
  summary: 'Make a conversation read exactly `unread`',
  body: SetBody,
  response: { ...response, ...errorReplies('NOT_FOUND') },
};

const deleteSchema = {
  operationId: 'deleteConversation',
  summary: "Take a conversation off the user's list until a newer message",
  body: DeleteBody,
  response,
};

/** What a user does to his own conversations. */
export const readStateRoutes: FastifyPluginAsyncTypebox<WukongOptions> = async (app, { engine }) => {
  app.post('/conversations/clearUnread', { schema: clearSchema }, async ({ principal, body }) => {
    // Clients in Go write 0 for a seq that they leave out.
    await markRead(engine, { ...toUserChannel(principal, body), seq: body.message_seq || undefined });
    return DONE;
  });

  app.post('/conversations/setUnread', { schema: setSchema }, async ({ principal, body }) => {
    await setUnread(engine, { ...toUserChannel(principal, body), unread: body.unread });
    return DONE;
  });

  app.post('/conversations/delete', { schema: deleteSchema }, async ({ principal, body }) => {
    await deleteConversation(engine, toUserChannel(principal, body));
    return DONE;
  });
};

function toUserChannel(principal: Principal, body: Static<typeof DeleteBody>): UserChannel {
  requireSelf(principal, body.uid, 'uid');
  return {
    communityId: principal.communityId,
    uid: body.uid,
    channelId: body.channel_id,
    channelType: body.channel_type,
  };
}
