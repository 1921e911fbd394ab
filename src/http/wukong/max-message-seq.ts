import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from '@sinclair/typebox';
import { channelKey, MAX_CHANNEL_TYPE, PERSON_CHANNEL } from '../../domain/channel.js';
import { invalidArgument } from '../../domain/errors.js';
import { isIdentifier } from '../../domain/identifier.js';
import { requireSelf, type Principal } from '../plugins/principal.js';
import type { WukongOptions } from './options.js';
import { Identifier, OptionalIdentifier } from './schemas.js';

const Query = Type.Object({
  channel_id: Identifier,
  channel_type: Type.String({ pattern: '^[0-9]{1,3}$' }),
  login_uid: OptionalIdentifier,
});

const Reply = Type.Object({ message_seq: Type.Integer() }, { description: '0 for an unknown channel.' });

const schema = {
  operationId: 'getMaxMessageSeq',
  summary: 'The newest seq of a channel',
  description: 'For `channel_type` 1 it needs `login_uid`, or a `channel_id` of the form `uid@uid`.',
  querystring: Query,
  response: { 200: Reply },
};

export const maxMessageSeqRoute: FastifyPluginAsyncTypebox<WukongOptions> = async (app, { engine }) => {
  app.get('/channel/max_message_seq', { schema }, async ({ principal, query }) => {
    const { reader, channel } = toChannel(query, principal);
    if (reader !== undefined) requireSelf(principal, reader, 'login_uid');
    const { communityId } = principal;
    return { message_seq: await engine.store.getLastSeq({ communityId, channel, uid: reader }) };
  });
};

/** A user token reads as its user. Otherwise whoever is named reads, or nobody in particular. */
function toChannel(
  { channel_id: channelId, channel_type, login_uid }: Static<typeof Query>,
  principal: Principal,
) {
  const type = Number(channel_type);
  if (type < 1 || type > MAX_CHANNEL_TYPE)
    throw invalidArgument('channel_type', `must be 1 to ${MAX_CHANNEL_TYPE}`);
  const loginUid = login_uid || undefined;
  const reader = loginUid ?? (principal.kind === 'user' ? principal.uid : undefined);
  if (type !== PERSON_CHANNEL || loginUid !== undefined) {
    return { reader, channel: channelKey(loginUid ?? '', channelId, type) };
  }
  const [one = '', other = '', ...rest] = channelId.split('@');
  if (!isIdentifier(one) || !isIdentifier(other) || rest.length > 0) {
    throw invalidArgument(
      'login_uid',
      'is required for channel_type 1, unless channel_id is of the form uid@uid',
    );
  }
  return { reader, channel: channelKey(one, other, type) };
}
