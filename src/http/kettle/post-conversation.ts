import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { invalidArgument } from '../../domain/errors.js';
import { IDENTIFIER_RULE, isIdentifier } from '../../domain/identifier.js';
import { PLAIN_STATE, POLL_STATE } from '../../domain/room.js';
import { postMessage } from '../../engine/post-message.js';
import { bodyOf } from './body.js';
import type { KettleOptions } from './options.js';
import { findId, findInteger, findObject, findObjects, findText, getId, type Params } from './parameters.js';
import { readPoll } from './read-poll.js';
import { actorOf } from './reader.js';
import { succeed, success } from './schemas.js';
import { toWritten, WrittenData } from './wire-written.js';

const MAX_ATTACHMENTS = 100;
/** The engine has a narrower limit, of the encoded text; this one only says what is no text at all. */
const ANY_SIZE = Number.MAX_SAFE_INTEGER;

const Data = Type.Object({ id: Type.Integer(), ...WrittenData.properties });

export const postConversationRoute: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  app.post('/conversation', { schema: { response: { 200: success(Data) } } }, async (request) => {
    const page = await postMessage(engine, { ...actorOf(request), ...readMessage(bodyOf(request)) });
    const written = toWritten(page, engine.clock.nowMs());
    return succeed({ id: page.messages[0]?.id ?? 0, ...written });
  });
};

function readMessage(body: Params) {
  const state = findInteger(body, 'state', { min: PLAIN_STATE, max: POLL_STATE }) ?? PLAIN_STATE;
  if (state !== PLAIN_STATE && state !== POLL_STATE) throw invalidArgument('state', 'must be 0 or 10');
  const roomId = getId(body, 'chatroom_id');
  const attachments = findObjects(body, 'attachments', MAX_ATTACHMENTS).map(checkAttachment);
  const metadata = findObject(body, 'metadata');
  const widgetData = metadata && Object.keys(metadata).length > 0 ? metadata : undefined;
  const text = findText(body, 'text', ANY_SIZE) ?? '';
  const mayBeSilent = state === PLAIN_STATE && (attachments.length > 0 || widgetData !== undefined);
  if (text.trim() === '' && !mayBeSilent) throw invalidArgument('text', 'is required');
  return {
    roomId,
    text,
    clientMsgNo: readTemporaryId(body),
    replyToId: findId(body, 'replied_conversation_id'),
    extras: readExtras(body, roomId),
    attachments,
    poll: state === POLL_STATE ? readPoll(body) : undefined,
    widgetData,
  };
}

/** Text, though some clients send a number. */
function readTemporaryId(body: Params): string | undefined {
  const given = body['temporary_id'];
  const id = typeof given === 'number' ? String(given) : findText(body, 'temporary_id', ANY_SIZE);
  if (id === undefined || id === '') return undefined;
  if (!isIdentifier(id)) throw invalidArgument('temporary_id', IDENTIFIER_RULE);
  return id;
}

/** A reply to the room as a whole names the room. */
function readExtras(body: Params, roomId: number): Params {
  const repliedRoomId = findId(body, 'replied_chatroom_id');
  return {
    ...readLink(body),
    ...(repliedRoomId === roomId && { reply_chatroom_id: repliedRoomId }),
  };
}

/** The link that a text contains, and its preview. */
export function readLink(body: Params): Params {
  const preview = findObject(body, 'og_tags');
  const link = findText(body, 'share_link', ANY_SIZE);
  return { ...(preview && { og_tags: preview }), ...(link && { share_link: link }) };
}

function checkAttachment(attachment: Params, index: number): Params {
  for (const name of ['url', 'type']) {
    const value = attachment[name];
    if (typeof value !== 'string' || value === '') {
      throw invalidArgument(`attachments[${index}].${name}`, 'is required, as a text');
    }
  }
  return attachment;
}
