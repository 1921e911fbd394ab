import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { listVoters } from '../../engine/list-voters.js';
import { errorReplies } from './error-replies.js';
import type { KettleOptions } from './options.js';
import { id } from './parameter-kinds.js';
import { fieldsOf, references } from './parameter-objects.js';
import { parameters, required } from './parameters.js';
import { PollOption } from './read-poll.js';
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

const responses = errorReplies('PERMISSION_DENIED', 'NOT_FOUND');

const addSchema = {
  operationId: 'addPollOption',
  summary: 'Add an option to a poll that takes some',
  body: parameters({
    conversation_id: required(id('the message that is the poll')),
    poll: required(fieldsOf('the option', PollOption)),
  }),
  response: { 200: success(Type.Object({ poll: Option }), 'The option.'), ...responses },
};

const voteSchema = {
  operationId: 'votePoll',
  summary: "Vote, in place of one's earlier vote",
  body: parameters({
    conversation_id: required(id('the message that is the poll')),
    polls: required(references('the options, as {"id": 1} or as their ids', MAX_VOTES)),
  }),
  response: { 200: Done, ...responses },
};

const votersSchema = {
  operationId: 'listVoters',
  summary: 'Who has voted for an option',
  description: 'Nobody where the poll is anonymous.',
  querystring: parameters({
    conversation_id: required(id('the message that is the poll')),
    poll_id: required(id('the option')),
  }),
  response: { 200: success(Voters, 'The voters.'), ...responses },
};

export const pollRoutes: FastifyPluginAsyncTypebox<KettleOptions> = async (app, { engine }) => {
  const { store } = engine;

  app.post('/conversation/poll', { schema: addSchema }, async (request) => {
    const { communityId, userId, user } = request.reader;
    const { conversation_id: messageId, poll } = request.body;
    const text = poll.text.trim();
    const optionId = await store.addPollOption({ communityId, userId, messageId, text });
    const member = toWireUser(user, communityId);
    return succeed({ poll: { id: optionId, text, conversation_id: messageId, user_id: userId, member } });
  });

  app.post('/conversation/poll/submit', { schema: voteSchema }, async (request) => {
    const { conversation_id: messageId, polls } = request.body;
    await store.votePoll({ ...actorOf(request), messageId, optionIds: polls });
    return DONE;
  });

  app.get('/conversation/poll/users', { schema: votersSchema, compress: {} }, async (request) => {
    const { conversation_id: messageId, poll_id: optionId } = request.query;
    const actor = actorOf(request);
    const voters = await listVoters(engine, { ...actor, messageId, optionId });
    return succeed({ members: voters.map((user) => toWireUser(user, actor.communityId)) });
  });
};
