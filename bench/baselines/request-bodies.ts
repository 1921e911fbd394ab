import { Type, type TSchema } from '@sinclair/typebox';

/**
 * The bodies of the server's two busiest requests, checked as strictly as the server does. A test holds these
 * schemas against its own.
 */

const Identifier = Type.String({ format: 'identifier' });
const Flag = optional({ enum: [0, 1, false, true, null] });
const Text = optional({ type: ['string', 'null'] });
const OptionalIdentifier = optional({
  anyOf: [{ type: 'string', format: 'identifier' }, { enum: ['', null] }],
});

export const SyncBody = Type.Object({
  uid: Identifier,
  version: Type.Optional(Type.Unknown()),
  last_msg_seqs: Text,
  msg_count: integer(0, Number.MAX_SAFE_INTEGER),
  only_unread: Flag,
  exclude_channel_types: listOf(Type.Integer(), 256),
  page: integer(0, 1_000_000),
  page_size: integer(0, 500),
  limit: integer(1, 1000),
  include_deleted: Flag,
  wait: integer(0, 60),
});

export const SendBody = Type.Object({
  header: Type.Optional(
    Type.Union([Type.Object({ no_persist: Flag, red_dot: Flag, sync_once: Flag }), Type.Null()]),
  ),
  payload: Type.String({ minLength: 1 }),
  setting: integer(0, 255),
  expire: integer(0, 2 ** 32 - 1),
  client_msg_no: OptionalIdentifier,
  from_uid: OptionalIdentifier,
  channel_id: OptionalIdentifier,
  channel_type: Type.Optional(
    Type.Union([Type.Integer({ minimum: 1, maximum: 255 }), Type.Literal(0), Type.Null()]),
  ),
  subscribers: listOf(Identifier, 100_000),
});

function integer(minimum: number, maximum: number): TSchema {
  return optional({ type: ['integer', 'null'], minimum, maximum });
}

function listOf(items: TSchema, maxItems: number): TSchema {
  return optional({ type: ['array', 'null'], items, maxItems });
}

function optional(schema: object): TSchema {
  return Type.Optional(Type.Unsafe(schema));
}
