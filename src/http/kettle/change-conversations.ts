import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { deleteMessages, editMessage } from '../../engine/change-messages.js';
import { errorReplies } from './error-replies.js';
import type { KettleOptions } from './options.js';
import { filledText, id, ids } from './parameter-kinds.js';
import { getGiven, merge, parameters, required } from './parameters.js';
import { Link, toExtras } from './post-conversation.js';
import { actorOf } from './reader.js';
import { succeed, success } from './schemas.js';
import { toWritten, WrittenConversation, WrittenData } from './wire-written.js';

const MAX_DELETIONS = 100;

const Deleted = Type.Object({ conversations: Type.Array(WrittenConversation) });

const EditBody = parameters({
  conversation_id: required(id('which message')),
  text: filledText('what it says from now on'),
  ...Link,
});

const editSchema = {
  operationId: 'editMessage',
  summary: 'Edit a message; only its author may',
  body: EditBody,
  response: { 200: success(WrittenData, 'The message.'), ...errorReplies('PERMISSION_DENIED', 'NOT_FOUND') },
};

const Which = parameters({ conversation_ids: ids('which messages', MAX_DELETIONS) });

const deleteSchema = {
  operationId: 'deleteMessages',
  summary: 'Delete messages; their authors and managers may',
  description: 'All of them, or none. `conversation_ids` is required, in the query string or in the body.',
  querystring: Which,
  body: Which,
  response: { 200: success(Deleted, 'The messages.'), ...errorReplies('PERMISSION_DENIED', 'NOT_FOUND') },
};

/** What becomes of messages after they were sent. */
export const changeConversationRoutes: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  app.put('/conversation', { schema: editSchema }, async (request) => {
    const { conversation_id: messageId, text, ...link } = request.body;
    const edit = { ...actorOf(request), messageId, text, extras: toExtras(link) };
    const page = await editMessage(engine, edit);
    return succeed(toWritten(page, engine.clock.nowMs()));
  });

  app.delete('/conversation', { schema: deleteSchema }, async (request) => {
    const given = merge(request.query, request.body);
    const messageIds = getGiven(given.conversation_ids, 'conversation_ids');
    const pages = await deleteMessages(engine, { ...actorOf(request), messageIds });
    const nowMs = engine.clock.nowMs();
    return succeed({ conversations: pages.map((page) => toWritten(page, nowMs).conversation) });
  });
};
