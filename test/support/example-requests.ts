import type { SentRequest } from './audited-server.js';
import { OPEN_GROUP, SECRET_GROUP, type SecretCommunity } from './secret-world.js';
import { payloadOf, person } from './wukong-client.js';

/** What one asks of a route: a request that succeeds when ann sends it, about what is hers. */
export interface Example {
  /** Whose credential it takes: ann's token, the admin key, the community's key, ann's refresh token, none. */
  readonly by: 'member' | 'backend' | 'login' | 'refresh' | 'anyone';
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: object;
}

type ExampleFor = (community: SecretCommunity, uid: string) => Example;

const payload = payloadOf('from the audit');

/** Of every route, by method and path, what destroys at the end. A route without one fails the audit. */
export const EXAMPLES: Readonly<Record<string, ExampleFor>> = {
  'GET /health': () => ({ by: 'anyone' }),
  'GET /ready': () => ({ by: 'anyone' }),
  'GET /openapi.json': () => ({ by: 'anyone' }),

  'POST /conversation/sync': (_, uid) => ({ by: 'member', body: { uid, msg_count: 50, include_deleted: 1 } }),
  'POST /conversation/syncByChannels': (_, uid) => ({
    by: 'member',
    body: { uid, channels: [SECRET_GROUP, OPEN_GROUP, person('bob')], msg_count: 50 },
  }),
  'POST /channel/messagesync': (_, uid) => ({ by: 'member', body: { login_uid: uid, ...SECRET_GROUP } }),
  'GET /channel/max_message_seq': (_, uid) => ({ by: 'member', query: { login_uid: uid, ...SECRET_GROUP } }),
  'POST /message/send': (_, uid) => ({ by: 'member', body: { from_uid: uid, ...SECRET_GROUP, payload } }),
  'POST /message/sendbatch': (_, uid) => ({
    by: 'member',
    body: { from_uid: uid, subscribers: ['bob'], payload },
  }),
  'POST /channel': (_, uid) => ({ by: 'backend', body: { ...SECRET_GROUP, subscribers: [uid] } }),
  'POST /channel/info': () => ({ by: 'backend', body: { ...SECRET_GROUP, large: 1 } }),
  'POST /channel/subscriber_add': (_, uid) => ({
    by: 'backend',
    body: { ...SECRET_GROUP, subscribers: [uid] },
  }),
  'POST /conversations/clearUnread': (_, uid) => ({ by: 'member', body: { uid, ...SECRET_GROUP } }),
  'POST /conversations/setUnread': (_, uid) => ({ by: 'member', body: { uid, ...SECRET_GROUP, unread: 1 } }),

  'POST /sdk/initiate': (_, uid) => ({ by: 'login', body: { uuid: uid } }),
  'GET /sdk/initiate': () => ({ by: 'member' }),
  'POST /user/refresh': () => ({ by: 'refresh', body: {} }),
  'GET /chatroom/sync': () => ({ by: 'member', query: { page_size: 500 } }),
  'GET /conversation/sync': ({ secretRoom }) => ({
    by: 'member',
    query: { chatroom_id: secretRoom, page_size: 500 },
  }),
  'POST /conversation': ({ secretRoom }) => ({ by: 'member', body: { chatroom_id: secretRoom, text: 'hi' } }),
  'PUT /conversation': ({ messageId }) => ({
    by: 'member',
    body: { conversation_id: messageId, text: 'changed' },
  }),
  'PUT /conversation/reaction': ({ messageId }) => ({
    by: 'member',
    body: { conversation_id: messageId, reaction: '👍' },
  }),
  'DELETE /conversation/reaction': ({ messageId }) => ({
    by: 'member',
    body: { conversation_id: messageId },
  }),
  'POST /conversation/poll': ({ pollId }) => ({
    by: 'member',
    body: { conversation_id: pollId, poll: { text: 'another' } },
  }),
  'POST /conversation/poll/submit': ({ pollId, optionIds: [id] }) => ({
    by: 'member',
    body: { conversation_id: pollId, polls: [{ id }] },
  }),
  'GET /conversation/poll/users': ({ pollId, optionIds: [id = 0] }) => ({
    by: 'member',
    query: { conversation_id: pollId, poll_id: id },
  }),
  'PUT /conversation/topic': ({ secretRoom, messageId }) => ({
    by: 'member',
    body: { chatroom_id: secretRoom, conversation_id: messageId },
  }),
  'POST /chatroom': () => ({ by: 'member', body: { title: 'New', uuids: ['bob'] } }),
  'PUT /chatroom': ({ secretRoom }) => ({
    by: 'member',
    body: { chatroom_id: secretRoom, title: 'Changed' },
  }),
  'POST /chatroom/dm/create': () => ({ by: 'member', body: { uuid: 'bob' } }),
  'PUT /chatroom/follow': ({ secretRoom }) => ({
    by: 'member',
    body: { chatroom_id: secretRoom, value: true },
  }),
  'PUT /chatroom/mute': ({ secretRoom }) => ({
    by: 'member',
    body: { chatroom_id: secretRoom, value: true },
  }),
  'POST /chatroom/mark_read': ({ secretRoom }) => ({ by: 'member', body: { chatroom_id: secretRoom } }),
  'PUT /chatroom/seen': ({ secretRoom }) => ({
    by: 'member',
    query: { collabcard_id: secretRoom },
    body: {},
  }),

  'POST /conversations/delete': (_, uid) => ({ by: 'member', body: { uid, ...SECRET_GROUP } }),
  'POST /channel/subscriber_remove': () => ({
    by: 'backend',
    body: { ...SECRET_GROUP, subscribers: ['bob'] },
  }),
  'POST /channel/delete': () => ({ by: 'backend', body: SECRET_GROUP }),
  'DELETE /conversation': ({ messageId }) => ({ by: 'member', body: { conversation_ids: [messageId] } }),
};

export function toRequest(name: string, { query = {}, body }: Example): SentRequest {
  const [method = '', path = ''] = name.split(' ');
  const pairs = Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]);
  const search = pairs.length > 0 ? `?${new URLSearchParams(pairs).toString()}` : '';
  return { method, url: path + search, body };
}
