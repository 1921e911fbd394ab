import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import type { FastifyRequest } from 'fastify';
import { SYSTEM_UID } from '../../domain/channel.js';
import { invalidArgument } from '../../domain/errors.js';
import { IDENTIFIER_MAX_BYTES, IDENTIFIER_RULE, isIdentifier } from '../../domain/identifier.js';
import { initiateSession } from '../../engine/initiate-session.js';
import { hashApiKey } from '../plugins/api-key.js';
import { bodyOf } from './body.js';
import type { KettleOptions } from './options.js';
import { findFlag, findText, refused, type Params } from './parameters.js';
import { succeed, success } from './schemas.js';
import { toWireSession, WireSession } from './wire-session.js';

const URL_MAX_BYTES = 2048;

const Data = Type.Object({
  access_token: Type.String(),
  refresh_token: Type.String(),
  ...WireSession.properties,
});

/** Logging in, with the community's API key. An access token that comes along is of no interest. */
export const initiateRoute: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine, tokens }) => {
  app.post('/sdk/initiate', { schema: { response: { 200: success(Data) } } }, async (request) => {
    const session = await initiateSession(engine, {
      apiKeyHash: hashApiKey(apiKeyOf(request)),
      ...readProfile(bodyOf(request)),
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

function readProfile(body: Params) {
  return {
    uid: readUid(body, 'uuid') ?? readUid(body, 'user_unique_id'),
    name: findText(body, 'user_name', IDENTIFIER_MAX_BYTES) || undefined,
    imageUrl: findText(body, 'image_url', URL_MAX_BYTES) || undefined,
    isGuest: findFlag(body, 'is_guest'),
  };
}

function readUid(body: Params, name: string): string | undefined {
  const given = body[name];
  const uid = typeof given === 'number' ? String(given) : findText(body, name, IDENTIFIER_MAX_BYTES);
  if (uid === undefined || uid === '') return undefined;
  if (!isIdentifier(uid)) throw invalidArgument(name, IDENTIFIER_RULE);
  if (uid === SYSTEM_UID) throw invalidArgument(name, "is nobody's: messages of the system carry it");
  return uid;
}
