import { Type } from '@sinclair/typebox';
import * as fc from 'fast-check';
import Fastify, { type FastifyInstance } from 'fastify';
import { expect, test } from 'vitest';
import type { Conversation } from '../../src/domain/conversation.js';
import { toConversationJson } from '../../src/domain/conversation-json.js';
import { toMessageJson, toMessagesJson } from '../../src/domain/message-json.js';
import type { Version } from '../../src/domain/version.js';
import type { MessagesKey } from '../../src/http/wukong/options.js';
import { toConversationsJson, WireConversation } from '../../src/http/wukong/wire.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import { pair } from '../support/chat.js';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const uid = fc.oneof(
  fc.constantFrom('ann', 'a"b\\c', '____system'),
  text.map((name) => name.replaceAll('\n', '')),
);
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const channel = fc.oneof(
  fc.record({ type: fc.integer({ min: 2, max: 255 }), name: text }),
  fc.tuple(uid, uid).map(([one, other]) => pair(one, other)),
);

const message = fc.record({
  id: count,
  channel,
  seq: count,
  fromUid: uid,
  clientMsgNo: text,
  payload: fc.uint8Array({ maxLength: 40 }),
  redDot: fc.boolean(),
  setting: count,
  expireSeconds: count,
  createdAtMs: count,
});

const conversation: fc.Arbitrary<Conversation> = fc.record({
  channel,
  version: fc.nat({ max: 2 ** 31 }).map((steps) => (steps * 2 ** 31 + steps * 1024) as Version),
  isDeleted: fc.boolean(),
  unread: count,
  lastSeq: count,
  readSeq: count,
  lastMessageAtMs: count,
  lastClientMsgNo: text,
  messages: fc
    .array(message, { maxLength: 3 })
    .map((messages) => toMessagesJson(messages.map((each) => toMessageJson(each)))),
  limited: fc.boolean(),
});

const Reply = Type.Array(WireConversation);

/** Serialises what it is given by the schema, as Fastify does it. */
async function startSerializer(): Promise<{
  app: FastifyInstance;
  serialize: (value: unknown) => Promise<string>;
}> {
  const app = Fastify();
  let next: unknown;
  app.get('/', { schema: { response: { 200: Reply } } }, async () => next);
  await app.ready();
  const serialize = async (value: unknown): Promise<string> => {
    next = value;
    return (await app.inject('/')).body;
  };
  return { app, serialize };
}

test(
  'WK-1, WK-2, WK-3: the text of a reply is, byte for byte, what its schema makes of it',
  async () => {
    const { app, serialize } = await startSerializer();
    await checkProperty(
      fc.asyncProperty(
        fc.array(conversation, { maxLength: 4 }),
        uid,
        fc.constantFrom<MessagesKey>('messages', 'recents', 'both'),
        async (conversations, reader, messagesKey) => {
          const texts = conversations.map((each) => toConversationJson(each, reader));
          const json = toConversationsJson(texts, messagesKey).toString();
          const read = JSON.parse(json) as { version: number }[];
          // Read as doubles, which hold versions exactly; a bigint prints all their digits.
          const rows = read.map((row) => Object.assign(row, { version: BigInt(row.version) }));
          expect(await serialize(rows)).toBe(json);
        },
      ),
      { runs: 300 },
    );
    await app.close();
  },
  PROPERTY_TIMEOUT_MS,
);
