import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import type { KettleOptions } from './options.js';
import { parameters } from './parameters.js';
import { succeed, success } from './schemas.js';
import { bareToken, invalidRefreshToken } from './tokens.js';

const Data = Type.Object({ access_token: Type.String(), refresh_token: Type.String() });

const schema = {
  operationId: 'refreshSession',
  summary: 'Get another access token',
  description: 'The body is of no interest.',
  security: [{ refreshToken: [] }],
  body: parameters({}),
  response: { 200: success(Data, 'A new access token, and the same refresh token.') },
};

/** Another access token for a refresh token, which stays what it is until it expires. */
export const refreshRoute: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine, tokens }) => {
  app.post('/user/refresh', { schema }, async ({ headers }) => {
    const user = tokens.readRefreshToken(headers.authorization);
    if ((await engine.store.findUser(user)) === undefined) throw invalidRefreshToken();
    return succeed({
      access_token: tokens.newAccessToken(user),
      refresh_token: bareToken(headers.authorization),
    });
  });
};
