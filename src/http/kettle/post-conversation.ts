import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { invalidArgument } from '../../domain/errors.js';
import { PLAIN_STATE, POLL_STATE } from '../../domain/room.js';
import { postMessage } from '../../engine/post-message.js';
import { errorReplies } from './error-replies.js';
import type { KettleOptions } from './options.js';
import { filledText, id, integer, looseIdentifier, text } from './parameter-kinds.js';
import { object, objects } from './parameter-objects.js';
import { parameters, required, type Params, type Values } from './parameters.js';
import { PollBody, toPoll } from './read-poll.js';
import { actorOf } from './reader.js';
import { succeed, success } from './schemas.js';
import { toWritten, WrittenData } from './wire-written.js';

const MAX_ATTACHMENTS = 100;

/** The link that a text contains, and its preview. */
export const Link = {
  share_link: text('a link that the text contains'),
  og_tags: object('its preview: title, image, description, url'),
};

const Body = {
  chatroom_id: required(id('where to')),
  state: integer('0 message, 10 poll', { min: PLAIN_STATE, max: POLL_STATE }),
  text: text('required without attachments and metadata'),
  temporary_id: looseIdentifier("the client's own id; the same one again returns the first answer"),
  replied_conversation_id: id('the message that this one replies to'),
  replied_chatroom_id: id('the room, for a reply to the room as a whole'),
  attachments: objects('files, which are elsewhere', {
    maxItems: MAX_ATTACHMENTS,
    fields: { url: filledText('where it is'), type: filledText('image, video, …') },
  }),
  metadata: object('the content of a widget'),
  ...Link,
  ...PollBody,
};

const Data = Type.Object({ id: Type.Integer(), ...WrittenData.properties });

const schema = {
  operationId: 'postMessage',
  summary: 'Post a message, or with state 10 a poll',
  body: parameters(Body),
  response: { 200: success(Data, 'The message.'), ...errorReplies('PERMISSION_DENIED', 'NOT_FOUND') },
};

export const postConversationRoute: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  app.post('/conversation', { schema }, async (request) => {
    const page = await postMessage(engine, { ...actorOf(request), ...toMessage(request.body) });
    const written = toWritten(page, engine.clock.nowMs());
    return succeed({ id: page.messages[0]?.id ?? 0, ...written });
  });
};

function toMessage(body: Values<typeof Body>) {
  const {
    state = PLAIN_STATE,
    attachments = [],
    metadata = {},
    chatroom_id: roomId,
    text: words = '',
  } = body;
  if (state !== PLAIN_STATE && state !== POLL_STATE) throw invalidArgument('state', 'must be 0 or 10');
  const hasWidget = Object.keys(metadata).length > 0;
  const mayBeSilent = state === PLAIN_STATE && (attachments.length > 0 || hasWidget);
  if (words.trim() === '' && !mayBeSilent) throw invalidArgument('text', 'is required');
  // A reply to the room as a whole names the room.
  const repliesToRoom = body.replied_chatroom_id === roomId;
  return {
    roomId,
    text: words,
    clientMsgNo: body.temporary_id,
    replyToId: body.replied_conversation_id,
    extras: { ...toExtras(body), ...(repliesToRoom && { reply_chatroom_id: roomId }) },
    attachments,
    poll: state === POLL_STATE ? toPoll(body) : undefined,
    widgetData: hasWidget ? metadata : undefined,
  };
}

export function toExtras({ og_tags: preview, share_link: link }: Values<typeof Link>): Params {
  return { ...(preview && { og_tags: preview }), ...(link && { share_link: link }) };
}
