import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from '@sinclair/typebox';
import { AppError, invalidArgument } from '../../domain/errors.js';
import { requirePayloadSize, sendMessage } from '../../engine/send-message.js';
import { sendToMany } from '../../engine/send-to-many.js';
import { requireSelf, type Principal } from '../plugins/principal.js';
import { errorReplies } from './error-replies.js';
import type { WukongOptions } from './options.js';
import { ChannelType, DONE, Flag, Identifier, integer, isOn, listOf, OptionalIdentifier } from './schemas.js';

const MAX_SUBSCRIBERS = 100_000;

const Header = Type.Optional(
  Type.Union([Type.Object({ no_persist: Flag, red_dot: Flag, sync_once: Flag }), Type.Null()]),
);

const Content = {
  header: Header,
  payload: Type.String({ minLength: 1, description: 'base64' }),
  setting: integer(0, 255),
  expire: integer(0, 2 ** 32 - 1),
};

const EXAMPLE = {
  from_uid: 'ann',
  channel_id: 'ben',
  channel_type: 1,
  payload: 'eyJ0eXBlIjoxLCJjb250ZW50IjoiaGkifQ==',
};

const SendBody = Type.Object(
  {
    ...Content,
    client_msg_no: OptionalIdentifier,
    from_uid: OptionalIdentifier,
    channel_id: OptionalIdentifier,
    channel_type: Type.Optional(Type.Union([ChannelType, Type.Literal(0), Type.Null()])),
    subscribers: listOf(Identifier, MAX_SUBSCRIBERS),
  },
  { examples: [EXAMPLE] },
);

const Sent = Type.Object({
  message_id: Type.Integer(),
  message_seq: Type.Integer(),
  client_msg_no: Type.String(),
});

const SendReply = Type.Object(
  {
    status: Type.Literal(200),
    // Published clients read these in either place.
    ...Type.Partial(Sent).properties,
    data: Type.Optional(Sent),
  },
  { description: 'Durable. Without anything but `status` for `subscribers`.' },
);

const sendSchema = {
  operationId: 'sendMessage',
  summary: 'Send a message',
  description: `Answered when the message is on disk. The same \`client_msg_no\` again returns the first answer, with another
payload it is a 409. An empty \`from_uid\` is the system. With \`header.no_persist\` or \`header.sync_once\` nothing is stored;
\`subscribers\` goes only with the latter, in place of a channel.`,
  body: SendBody,
  response: { 200: SendReply, ...errorReplies('CONFLICT') },
};

export const sendMessageRoute: FastifyPluginAsyncTypebox<WukongOptions> = async (app, { engine }) => {
  app.post('/message/send', { schema: sendSchema }, async ({ principal, body }) => {
    requireSender(principal, body.from_uid ?? '');
    const content = toContent(body);
    if (isForSubscribers(body)) {
      requirePayloadSize(content.payload);
      return DONE;
    }
    const { messageId, seq, clientMsgNo } = await sendMessage(engine, {
      ...content,
      ...toChannel(body),
      communityId: principal.communityId,
      fromUid: body.from_uid ?? '',
      clientMsgNo: body.client_msg_no || undefined,
      asMember: principal.kind === 'user',
    });
    const sent = { message_id: messageId, message_seq: seq, client_msg_no: clientMsgNo };
    return { ...DONE, ...sent, data: sent };
  });
};

const BatchBody = Type.Object({
  ...Content,
  from_uid: Identifier,
  subscribers: Type.Array(Identifier, { minItems: 1, maxItems: MAX_SUBSCRIBERS }),
});

const BatchReply = Type.Object(
  { fail_uids: Type.Array(Type.String()), reason: Type.Array(Type.String()) },
  { description: 'To whom it was not sent, and why.' },
);

const batchSchema = {
  operationId: 'sendMessageToMany',
  summary: 'Send one message to each of many users, in their person channels',
  body: BatchBody,
  response: { 200: BatchReply },
};

export const sendBatchRoute: FastifyPluginAsyncTypebox<WukongOptions> = async (app, { engine }) => {
  app.post('/message/sendbatch', { schema: batchSchema }, async ({ principal, body }) => {
    requireSender(principal, body.from_uid);
    const failures = await sendToMany(engine, {
      ...toContent(body),
      communityId: principal.communityId,
      fromUid: body.from_uid,
      uids: body.subscribers,
    });
    return { fail_uids: failures.map(({ uid }) => uid), reason: failures.map(({ reason }) => reason) };
  });
};

function requireSender(principal: Principal, fromUid: string): void {
  requireSelf(principal, fromUid, 'from_uid');
}

function toContent(body: Static<typeof SendBody> | Static<typeof BatchBody>) {
  const { header } = body;
  return {
    payload: decodeBase64(body.payload),
    redDot: header?.red_dot === undefined || header.red_dot === null || isOn(header.red_dot),
    setting: body.setting ?? 0,
    expireSeconds: body.expire ?? 0,
    isStored: !isOn(header?.no_persist) && !isOn(header?.sync_once),
  };
}

/** A command for named users, which is delivered to those who are connected and never stored. */
function isForSubscribers({ subscribers, channel_id: channelId, header }: Static<typeof SendBody>): boolean {
  if (!subscribers || subscribers.length === 0) return false;
  if (channelId) throw invalidArgument('subscribers', 'cannot be combined with channel_id');
  if (!isOn(header?.sync_once)) throw invalidArgument('subscribers', 'needs header.sync_once to be 1');
  return true;
}

function toChannel({ channel_id: channelId, channel_type: channelType }: Static<typeof SendBody>) {
  if (!channelId) throw invalidArgument('channel_id', 'is required');
  if (!channelType) throw invalidArgument('channel_type', 'is required');
  return { channelId, channelType };
}

/** In memory of its own: of a Buffer, all that it shares with others would be copied for the thread that writes. */
function decodeBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return new Uint8Array(bytes);
  throw new AppError('INVALID_ARGUMENT', 'payload must be base64', { field: 'payload' });
}
