import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { channelKey } from '../../domain/channel.js';
import { noConversation } from '../../domain/conversation.js';
import { toConversationJson } from '../../domain/conversation-json.js';
import { NO_VERSION } from '../../domain/version.js';
import { findConversations } from '../../engine/find-conversations.js';
import { requireSelf } from '../plugins/principal.js';
import type { WukongOptions } from './options.js';
import { ChannelType, Identifier, integer } from './schemas.js';
import { sendJson } from '../send-json.js';
import { toConversationsJson, WireConversation } from './wire.js';

const DEFAULT_MESSAGE_COUNT = 15;

const Body = Type.Object({
  uid: Identifier,
  channels: Type.Array(Type.Object({ channel_id: Identifier, channel_type: ChannelType }), {
    maxItems: 1000,
  }),
  msg_count: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
});

const Reply = Type.Array(WireConversation, { description: 'In the order of their names.' });

const schema = {
  operationId: 'syncByChannels',
  summary: 'Named conversations of a user',
  description: 'One that does not exist for the user has zeros. `msg_count` 0 or less means 15.',
  body: Body,
  response: { 200: Reply },
};

export const syncByChannelsRoute: FastifyPluginAsyncTypebox<WukongOptions> = async (app, options) => {
  const { engine, messagesKey } = options;
  app.post('/conversation/syncByChannels', { schema }, async ({ principal, body }, reply) => {
    const { uid, msg_count: count } = body;
    requireSelf(principal, uid, 'uid');
    const channels = body.channels.map((channel) => ({
      channelId: channel.channel_id,
      channelType: channel.channel_type,
    }));
    const messageCount = count && count > 0 ? count : DEFAULT_MESSAGE_COUNT;
    const { communityId } = principal;
    const found = await findConversations(engine, { communityId, uid, channels, messageCount });
    const conversations = channels.map(
      ({ channelId, channelType }, index) =>
        found[index] ??
        toConversationJson(noConversation(channelKey(uid, channelId, channelType), NO_VERSION), uid),
    );
    return sendJson(reply, toConversationsJson(conversations, messagesKey));
  });
};
