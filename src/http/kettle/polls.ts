import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { invalidArgument } from '../../domain/errors.js';
import { listVoters } from '../../engine/list-voters.js';
import { bodyOf, queryOf } from './body.js';
import type { KettleOptions } from './options.js';
import { findObject, getId, isObject, type Params } from './parameters.js';
import { readOption } from './read-poll.js';
import { actorOf } from './reader.js';
import { DONE, Done, succeed, success } from './schemas.js';
import { toWireUser, WireUser } from './wire-user.js';

const MAX_VOTES = 100;

const Option = Type.Object({
  id: Type.Integer(),
  text: Type.String(),
  conversation_id: Type.Integer(),
  user_id: Type.Integer(),
  member: WireUser,
});

const Voters = Type.Object({ members: Type.Array(WireUser) });

export const pollRoutes: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  const { store } = engine;
  const added = { response: { 200: success(Type.Object({ poll: Option })) } };

  app.post('/conversation/poll', { schema: added }, async (request) => {
    const { communityId, userId, user } = request.reader;
    const body = bodyOf(request);
    const messageId = getId(body, 'conversation_id');
    const text = readOption(findObject(body, 'poll') ?? {}, 'poll');
    const id = await store.addPollOption({ communityId, userId, messageId, text });
    const member = toWireUser(user, communityId);
    return succeed({ poll: { id, text, conversation_id: messageId, user_id: userId, member } });
  });

  app.post('/conversation/poll/submit', { schema: { response: { 200: Done } } }, async (request) => {
    const body = bodyOf(request);
    const messageId = getId(body, 'conversation_id');
    await store.votePoll({ ...actorOf(request), messageId, optionIds: readVotes(body) });
    return DONE;
  });

  app.get('/conversation/poll/users', { schema: { response: { 200: success(Voters) } } }, async (request) => {
    const query = queryOf(request);
    const actor = actorOf(request);
    const option = { messageId: getId(query, 'conversation_id'), optionId: getId(query, 'poll_id') };
    const voters = await listVoters(engine, { ...actor, ...option });
    return succeed({ members: voters.map((user) => toWireUser(user, actor.communityId)) });
  });
};

/** `[{"id": 1}, …]`; a bare id will do. */
function readVotes({ polls }: Params): number[] {
  if (!Array.isArray(polls) || polls.length > MAX_VOTES) {
    throw invalidArgument('polls', `must be a list of at most ${MAX_VOTES} options`);
  }
  const ids = polls.map((vote: unknown) =>
    getId(isObject(vote) ? vote : { id: vote }, 'id', 'polls must be a list of options with an id'),
  );
  return [...new Set(ids)];
}
