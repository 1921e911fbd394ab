import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { invalidArgument } from '../../domain/errors.js';
import { deleteMessages, editMessage } from '../../engine/change-messages.js';
import { bodyOf, queryOf } from './body.js';
import type { KettleOptions } from './options.js';
import { findText, getId, getIds, merge, type Params } from './parameters.js';
import { readLink } from './post-conversation.js';
import { actorOf } from './reader.js';
import { succeed, success } from './schemas.js';
import { toWritten, WrittenConversation, WrittenData } from './wire-written.js';

const MAX_DELETIONS = 100;

const Deleted = Type.Object({ conversations: Type.Array(WrittenConversation) });

/** What becomes of messages after they were sent. */
export const changeConversationRoutes: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  app.put('/conversation', { schema: { response: { 200: success(WrittenData) } } }, async (request) => {
    const page = await editMessage(engine, { ...actorOf(request), ...readEdit(bodyOf(request)) });
    return succeed(toWritten(page, engine.clock.nowMs()));
  });

  app.delete('/conversation', { schema: { response: { 200: success(Deleted) } } }, async (request) => {
    const params = merge(queryOf(request), bodyOf(request));
    const messageIds = getIds(params, 'conversation_ids', MAX_DELETIONS);
    const pages = await deleteMessages(engine, { ...actorOf(request), messageIds });
    const nowMs = engine.clock.nowMs();
    return succeed({ conversations: pages.map((page) => toWritten(page, nowMs).conversation) });
  });
};

function readEdit(body: Params) {
  const text = findText(body, 'text', Number.MAX_SAFE_INTEGER) ?? '';
  if (text.trim() === '') throw invalidArgument('text', 'is required');
  return { messageId: getId(body, 'conversation_id'), text, extras: readLink(body) };
}
