import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { KettleOptions } from './options.js';
import { succeed, success } from './schemas.js';
import { invalidAccessToken } from './tokens.js';
import { toWireSession, WireSession } from './wire-session.js';

const schema = {
  operationId: 'validateUser',
  summary: 'Whose access token this is',
  response: { 200: success(WireSession, 'The user and the community.') },
};

/** How a client finds out whether the token it kept is still good, and whose it is. */
export const validateUserRoute: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  app.get('/sdk/initiate', { schema }, async ({ reader }) => {
    const { communityId, user } = reader;
    const community = await engine.store.findCommunity(communityId);
    if (community === undefined) throw invalidAccessToken();
    return succeed(toWireSession({ community, user }));
  });
};
