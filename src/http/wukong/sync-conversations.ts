import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from '@sinclair/typebox';
import type { FastifyReply } from 'fastify';
import { invalidArgument } from '../../domain/errors.js';
import { parseLastMsgSeqs } from '../../domain/last-msg-seqs.js';
import { formatVersion, parseCursor } from '../../domain/version.js';
import { awaitConversations, type Patience } from '../../engine/await-conversations.js';
import type { SyncConversations } from '../../engine/sync-conversations.js';
import type { ConversationPage, Window } from '../../ports/store.js';
import { type Principal, requireSelf } from '../plugins/principal.js';
import type { WukongOptions } from './options.js';
import { Flag, Identifier, integer, isOn, listOf, Text } from './schemas.js';
import { sendJson } from '../send-json.js';
import { toConversationsJson, WireConversation } from './wire.js';

const DEFAULT_PAGE_SIZE = 100;
const MAX_WAIT_SECONDS = 60;

const Body = Type.Object(
  {
    uid: Identifier,
    version: Type.Optional(
      Type.Unknown({ description: 'the cursor: a number, a string of digits, or null; 0 when absent' }),
    ),
    last_msg_seqs: Text,
    msg_count: integer(0, Number.MAX_SAFE_INTEGER),
    only_unread: Flag,
    exclude_channel_types: listOf(Type.Integer(), 256),
    page: integer(0, 1_000_000),
    page_size: integer(0, 500),
    limit: integer(1, 1000),
    include_deleted: Flag,
    wait: integer(0, MAX_WAIT_SECONDS),
  },
  { examples: [{ uid: 'ben', version: 0, msg_count: 1 }] },
);

const Reply = Type.Array(WireConversation, {
  description: 'The conversations, without an envelope.',
  headers: {
    'X-Sync-Version': {
      type: 'string',
      pattern: '^[0-9]+$',
      description: 'The version up to which the reply is complete: the next cursor.',
    },
    'X-Sync-Has-More': { type: 'string', const: '1', description: 'With `limit`: there is more.' },
    'X-Sync-Reset': { type: 'string', const: '1', description: 'Replace everything with this reply.' },
  },
});

const schema = {
  operationId: 'syncConversations',
  summary: "A user's conversations, all or those that have changed",
  description: `Without cursors all of the user's conversations, newest first; with \`version\` those with a greater
version; with \`last_msg_seqs\` (\`id:type:seq\` joined by \`|\`) those that are not named or have other messages; with both,
those of either kind. \`limit\` goes upward by version: go on from the greatest that came while \`X-Sync-Has-More\` is 1. With \`wait\` (seconds) a reply that would have nothing new is held back.`,
  body: Body,
  response: { 200: Reply },
};

export const syncConversationsRoute: FastifyPluginAsyncTypebox<WukongOptions> = async (app, options) => {
  const { engine, messagesKey } = options;
  app.post('/conversation/sync', { schema }, (request, reply) => {
    const { principal, body } = request;
    requireSelf(principal, body.uid, 'uid');
    const send = (page: ConversationPage): FastifyReply => {
      reply.header('X-Sync-Version', formatVersion(page.completeUpTo));
      if (page.hasMore) reply.header('X-Sync-Has-More', '1');
      if (page.reset) reply.header('X-Sync-Reset', '1');
      return sendJson(reply, toConversationsJson(page.conversations, messagesKey));
    };
    const page = awaitConversations(engine, toInput(principal, body), toPatience(body, reply));
    if (page instanceof Promise) return page.then(async (read) => send(read));
    void send(page);
    return undefined;
  });
};

function toInput({ communityId }: Principal, body: Static<typeof Body>): SyncConversations {
  return {
    communityId,
    uid: body.uid,
    after: parseCursor(body.version),
    lastMsgSeqs: parseLastMsgSeqs(body.last_msg_seqs ?? ''),
    messageCount: body.msg_count ?? 0,
    onlyUnread: isOn(body.only_unread),
    excludeTypes: body.exclude_channel_types ?? [],
    includeDeleted: isOn(body.include_deleted),
    window: toWindow(body),
  };
}

function toPatience({ wait, page }: Static<typeof Body>, { raw }: FastifyReply): Patience | undefined {
  if (!wait) return undefined;
  // The page after the last is empty for good.
  if (page) throw invalidArgument('wait', 'cannot be combined with page');
  return { maxMs: wait * 1000, onGone: (callback) => void raw.once('close', callback) };
}

function toWindow({ page, page_size: size, limit }: Static<typeof Body>): Window {
  if (page && limit) throw invalidArgument('limit', 'cannot be combined with page');
  if (page) return { kind: 'page', page, size: size || DEFAULT_PAGE_SIZE };
  if (limit) return { kind: 'limit', limit };
  return { kind: 'all' };
}
