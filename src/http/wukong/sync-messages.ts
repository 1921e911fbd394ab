import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { syncMessages } from '../../engine/sync-messages.js';
import { requireSelf } from '../plugins/principal.js';
import type { WukongOptions } from './options.js';
import { ChannelType, Identifier, integer, Seq } from './schemas.js';
import { sendJson } from '../send-json.js';
import { WireMessage } from './wire.js';

const DEFAULT_LIMIT = 100;
const TOWARDS_NEWER = 1;

const Body = Type.Object({
  login_uid: Identifier,
  channel_id: Identifier,
  channel_type: ChannelType,
  start_message_seq: Seq,
  end_message_seq: Seq,
  limit: integer(0, Number.MAX_SAFE_INTEGER),
  pull_mode: integer(0, 1),
});

const Reply = Type.Object(
  {
    start_message_seq: Type.Integer(),
    end_message_seq: Type.Integer(),
    more: Type.Integer({ minimum: 0, maximum: 1 }),
    messages: Type.Array(WireMessage),
  },
  { description: 'Messages by ascending seq.' },
);

const schema = {
  operationId: 'syncMessages',
  summary: "A stretch of a channel's messages",
  description: `From \`start_message_seq\` (inclusive) towards older messages, or with \`pull_mode\` 1 towards newer ones, up to
\`end_message_seq\` (exclusive); the newest when both are 0. At most 1000, 100 when \`limit\` is 0.`,
  body: Body,
  response: { 200: Reply },
};

export const syncMessagesRoute: FastifyPluginAsyncTypebox<WukongOptions> = async (app, { engine }) => {
  app.post('/channel/messagesync', { schema }, async ({ principal, body }, reply) => {
    requireSelf(principal, body.login_uid, 'login_uid');
    const startSeq = body.start_message_seq ?? 0;
    const endSeq = body.end_message_seq ?? 0;
    const page = await syncMessages(engine, {
      communityId: principal.communityId,
      uid: body.login_uid,
      channelId: body.channel_id,
      channelType: body.channel_type,
      startSeq,
      endSeq,
      direction: body.pull_mode === TOWARDS_NEWER ? 'newer' : 'older',
      limit: body.limit || DEFAULT_LIMIT,
    });
    const more = page.hasMore ? 1 : 0;
    return sendJson(
      reply,
      `{"start_message_seq":${startSeq},"end_message_seq":${endSeq},"more":${more},"messages":${page.messages}}`,
    );
  });
};
