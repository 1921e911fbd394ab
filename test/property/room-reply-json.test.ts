import { type TSchema } from '@sinclair/typebox';
import * as fc from 'fast-check';
import Fastify, { type FastifyInstance } from 'fastify';
import { expect, test } from 'vitest';
import type { Room, RoomMessage, User } from '../../src/domain/room.js';
import type { Version } from '../../src/domain/version.js';
import { succeedJson, success } from '../../src/http/kettle/schemas.js';
import { RoomsData, toRoomsJson } from '../../src/http/kettle/sync-chatrooms.js';
import { MessagesData, toMessagesJson } from '../../src/http/kettle/sync-conversations.js';
import type { References } from '../../src/ports/room-store.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';

const id = fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: Number.MAX_SAFE_INTEGER }));
const ms = fc.nat({ max: Date.UTC(2100, 0) });
const version = ms.map((at) => (Math.floor((at * 1e6) / 1024) * 1024) as Version);
const text = fc.oneof(
  fc.constantFrom('', 'a"b\\c', '</script>'),
  fc.string({ unit: 'binary', maxLength: 9 }),
);
const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(values, { nil: undefined });
const json = fc.dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
const few = <T extends { readonly id: number }>(rows: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.uniqueArray(rows, { selector: (row) => row.id, maxLength: 4 });

const user: fc.Arbitrary<User> = fc.record({
  id,
  uid: text,
  name: text,
  imageUrl: optional(text),
  isGuest: fc.boolean(),
  isManager: fc.boolean(),
  createdAtMs: ms,
});

const room: fc.Arbitrary<Room> = fc.record({
  id,
  channel: fc.record({ type: fc.integer({ min: 1, max: 3 }), name: text }),
  roomType: fc.constantFrom(0, 7, 10),
  title: text,
  header: text,
  imageUrl: optional(text),
  tag: optional(text),
  isSecret: fc.boolean(),
  creatorId: id,
  peerId: optional(id),
  createdAtMs: ms,
  version,
  isFollowing: fc.boolean(),
  isMuted: fc.boolean(),
  unread: fc.nat(),
  lastSeenId: optional(id),
  lastMessageId: optional(id),
  topicId: optional(id),
});

const reactions = fc.array(fc.record({ id, userId: id, reaction: text }), { maxLength: 3 });

const poll = fc.record({
  pollType: fc.nat({ max: 2 }),
  multipleSelectState: fc.nat({ max: 2 }),
  multipleSelectNo: fc.nat({ max: 3 }),
  isAnonymous: fc.boolean(),
  allowAddOption: fc.boolean(),
  expiresAtMs: optional(ms),
  options: fc.array(fc.record({ id, text, userId: id, votes: fc.nat({ max: 9 }), isSelected: fc.boolean() })),
  voters: fc.nat({ max: 3 }),
});

const file = fc.record(
  {
    type: text,
    url: text,
    name: fc.option(text),
    width: fc.oneof(fc.double(), text),
    location_lat: fc.double(),
    meta: json,
  },
  { requiredKeys: [] },
);

const message: fc.Arbitrary<RoomMessage> = fc.record({
  id,
  roomId: id,
  seq: id,
  authorId: id,
  clientMsgNo: text,
  text,
  state: fc.nat({ max: 10 }),
  createdAtMs: ms,
  version,
  updatedVersion: version,
  isEdited: fc.boolean(),
  deletedById: optional(id),
  replyToId: optional(id),
  extras: fc.record(
    { og_tags: fc.oneof(json, fc.record({ title: text })), share_link: text },
    { requiredKeys: [] },
  ),
  attachments: fc.array(fc.record({ id, content: file }), { maxLength: 2 }),
  reactions,
  poll: optional(poll),
  widget: optional(fc.record({ id: text, metadata: json, createdAtMs: ms })),
});

const references: fc.Arbitrary<References> = fc.record({
  community: fc.record({ id, name: text, imageUrl: optional(text), purpose: optional(text) }),
  users: few(user),
  messages: few(message),
});

const view = fc.record({ readerId: id, nowMs: ms });

/** Serialises what it is given by a schema, as Fastify does it. */
async function startSerializer(
  data: TSchema,
): Promise<{ app: FastifyInstance; serialize: (value: unknown) => Promise<string> }> {
  const app = Fastify();
  let next: unknown;
  app.get('/', { schema: { response: { 200: success(data, '') } } }, async () => next);
  await app.ready();
  const serialize = async (value: unknown): Promise<string> => {
    next = value;
    return (await app.inject('/')).body;
  };
  return { app, serialize };
}

const pages = [
  {
    of: 'rooms',
    data: RoomsData as TSchema,
    texts: fc
      .record({ page: fc.record({ rooms: few(room), references }), view })
      .map(({ page, view: seen }) => {
        return toRoomsJson(page, seen);
      }),
  },
  {
    of: 'messages',
    data: MessagesData as TSchema,
    texts: fc
      .record({
        page: fc.record({ room, messages: few(message), references, roomReactions: reactions }),
        view,
      })
      .map(({ page, view: seen }) => toMessagesJson(page, seen)),
  },
];

test.each(pages)(
  'KT-34: the text of a page of $of is what its schema makes of it',
  { timeout: PROPERTY_TIMEOUT_MS },
  async ({ data, texts }) => {
    const { app, serialize } = await startSerializer(data);
    const property = fc.asyncProperty(texts, async (parts) => {
      const reply = succeedJson(parts).toString();
      const read: unknown = JSON.parse(reply);
      // Maps whose keys are small numbers come back in another order, and with the same length.
      expect(await serialize(read)).toBe(JSON.stringify(read));
      expect(reply).toHaveLength(JSON.stringify(read).length);
    });
    await checkProperty(property, { runs: 300 });
    await app.close();
  },
);
