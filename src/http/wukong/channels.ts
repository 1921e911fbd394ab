import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from '@sinclair/typebox';
import { GROUP_CHANNEL, PERSON_CHANNEL } from '../../domain/channel.js';
import { invalidArgument } from '../../domain/errors.js';
import type { GroupChannel } from '../../engine/engine.js';
import { addSubscribers, deleteChannel, putChannel, removeSubscribers } from '../../engine/manage-channel.js';
import type { ChannelSettings } from '../../ports/store.js';
import { requireTrusted, type Principal } from '../plugins/principal.js';
import type { WukongOptions } from './options.js';
import { ChannelType, Done, DONE, Flag, Identifier, isOn, listOf } from './schemas.js';

const MAX_SUBSCRIBERS = 100_000;

const Channel = { channel_id: Identifier, channel_type: ChannelType };

const Settings = { large: Flag, ban: Flag, disband: Flag, send_ban: Flag, allow_stranger: Flag };

const Subscribers = listOf(Identifier, MAX_SUBSCRIBERS);

const InfoBody = Type.Object({ ...Channel, ...Settings });
const PutBody = Type.Object({ ...Channel, ...Settings, reset: Flag, subscribers: Subscribers });
const DeleteBody = Type.Object(Channel);
const SubscribersBody = Type.Object({
  channel_id: Identifier,
  channel_type: Type.Optional(Type.Union([ChannelType, Type.Literal(0), Type.Null()])),
  reset: Flag,
  temp_subscriber: Flag,
  subscribers: Type.Array(Identifier, { minItems: 1, maxItems: MAX_SUBSCRIBERS }),
});

const response = { 200: Done };

const putSchema = {
  operationId: 'putChannel',
  summary: 'Create or update a channel, and add members',
  description: 'With `reset` the subscribers become its only members.',
  body: PutBody,
  response,
};

const infoSchema = {
  operationId: 'putChannelInfo',
  summary: 'Change settings of a channel: those that are given',
  body: InfoBody,
  response,
};

const deleteSchema = {
  operationId: 'deleteChannel',
  summary: 'Delete a channel',
  description: 'It leaves the list of every member. An unknown one is no error.',
  body: DeleteBody,
  response,
};

const addSchema = {
  operationId: 'addSubscribers',
  summary: 'Make users members of a channel',
  description: 'Makes the channel if need be. With `reset` they become its only members.',
  body: SubscribersBody,
  response,
};

const removeSchema = {
  operationId: 'removeSubscribers',
  summary: 'Remove members of a channel',
  description: 'The conversation leaves their list, and they can no longer read its messages.',
  body: SubscribersBody,
  response,
};

/** Channels and their members: for the backend that manages them, not for users. */
export const channelRoutes: FastifyPluginAsyncTypebox<WukongOptions> = async (app, { engine }) => {
  app.post('/channel', { schema: putSchema }, async ({ principal, body }) => {
    const channel = toGroup(principal, body);
    const uids = body.subscribers ?? [];
    await putChannel(engine, { ...channel, settings: toSettings(body) });
    if (uids.length > 0 || isOn(body.reset)) {
      await addSubscribers(engine, { ...channel, uids, reset: isOn(body.reset) });
    }
    return DONE;
  });

  app.post('/channel/info', { schema: infoSchema }, async ({ principal, body }) => {
    await putChannel(engine, { ...toGroup(principal, body), settings: toSettings(body) });
    return DONE;
  });

  app.post('/channel/delete', { schema: deleteSchema }, async ({ principal, body }) => {
    await deleteChannel(engine, toGroup(principal, body));
    return DONE;
  });

  app.post('/channel/subscriber_add', { schema: addSchema }, async (request) => {
    const { principal, body } = request;
    if (isOn(body.temp_subscriber)) throw invalidArgument('temp_subscriber', 'is not supported');
    const channel = toGroup(principal, body);
    await addSubscribers(engine, { ...channel, uids: body.subscribers, reset: isOn(body.reset) });
    return DONE;
  });

  app.post('/channel/subscriber_remove', { schema: removeSchema }, async (request) => {
    const { principal, body } = request;
    if (isOn(body.temp_subscriber)) throw invalidArgument('temp_subscriber', 'is not supported');
    await removeSubscribers(engine, { ...toGroup(principal, body), uids: body.subscribers });
    return DONE;
  });
};

function toGroup(
  principal: Principal,
  { channel_id: channelId, channel_type: type }: { channel_id: string; channel_type?: number | null },
): GroupChannel {
  requireTrusted(principal);
  if (type === PERSON_CHANNEL) {
    throw invalidArgument('channel_type', 'must not be 1: a person channel is made by its first message');
  }
  return { communityId: principal.communityId, channelId, channelType: type || GROUP_CHANNEL };
}

function toSettings(body: Static<typeof InfoBody>): Partial<ChannelSettings> {
  const given = {
    large: body.large,
    ban: body.ban,
    disband: body.disband,
    sendBan: body.send_ban,
    allowStranger: body.allow_stranger,
  };
  const flags = Object.entries(given).filter(([, flag]) => flag !== undefined && flag !== null);
  return Object.fromEntries(flags.map(([name, flag]) => [name, isOn(flag)]));
}
