import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import type { FastifyRequest } from 'fastify';
import { SYSTEM_UID } from '../../domain/channel.js';
import { type AppError, invalidArgument } from '../../domain/errors.js';
import { IDENTIFIER_MAX_BYTES } from '../../domain/identifier.js';
import { initiateSession } from '../../engine/initiate-session.js';
import { hashApiKey } from '../plugins/api-key.js';
import type { KettleOptions } from './options.js';
import { flag, looseIdentifier, text } from './parameter-kinds.js';
import { parameters, refused, type Values } from './parameters.js';
import { succeed, success } from './schemas.js';
import { toWireSession, WireSession } from './wire-session.js';

const URL_MAX_BYTES = 2048;

const Body = {
  uuid: looseIdentifier("the client's own id for the user"),
  user_unique_id: looseIdentifier('the same, where there is no uuid; a guest is made where there is neither'),
  user_name: text('what others see', IDENTIFIER_MAX_BYTES),
  image_url: text('what others see', URL_MAX_BYTES),
  is_guest: flag('whether the user is a guest'),
};

const Data = Type.Object({
  access_token: Type.String(),
  refresh_token: Type.String(),
  ...WireSession.properties,
});

const schema = {
  operationId: 'initiateSession',
  summary: 'Log in',
  description: 'Creates the user on first use, and updates what is given later.',
  security: [{ communityKey: [] }],
  body: parameters(Body),
  response: { 200: success(Data, 'Tokens, user and community.') },
};

/** Logging in, with the community's API key. An access token that comes along is of no interest. */
export const initiateRoute: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine, tokens }) => {
  app.post('/sdk/initiate', { schema }, async (request) => {
    const session = await initiateSession(engine, {
      apiKeyHash: hashApiKey(apiKeyOf(request)),
      ...toProfile(request.body),
    });
    if (session === undefined) throw refused('x-api-key', 'Invalid API key');
    const user = { communityId: session.community.id, uid: session.user.uid };
    return succeed({
      access_token: tokens.newAccessToken(user),
      refresh_token: tokens.newRefreshToken(user),
      ...toWireSession(session),
    });
  });
};

function apiKeyOf({ headers }: FastifyRequest): string {
  const key = headers['x-api-key'];
  if (typeof key !== 'string' || key === '') throw refused('x-api-key', 'Send x-api-key in headers');
  return key;
}

function toProfile({ uuid, user_unique_id: uniqueId, ...profile }: Values<typeof Body>) {
  if (uuid === SYSTEM_UID) throw systemUid('uuid');
  if (uniqueId === SYSTEM_UID) throw systemUid('user_unique_id');
  return {
    uid: uuid ?? uniqueId,
    name: profile.user_name || undefined,
    imageUrl: profile.image_url || undefined,
    isGuest: profile.is_guest,
  };
}

function systemUid(field: string): AppError {
  return invalidArgument(field, "is nobody's: messages of the system carry it");
}
