import { Type, type Static, type TOptional, type TSchema, type TUnsafe } from '@sinclair/typebox';
import { MAX_CHANNEL_TYPE } from '../../domain/channel.js';

/**
 * What requests of this dialect are made of. Backends in Go write null for what they leave empty, so null
 * is the same as absent everywhere but in required fields.
 */

export const Identifier = Type.String({ format: 'identifier' });

export const ChannelType = Type.Integer({ minimum: 1, maximum: MAX_CHANNEL_TYPE });

/** 0 or 1; JavaScript clients also send booleans. */
export const Flag = optional<0 | 1 | boolean>({ enum: [0, 1, false, true, null] });

export const Seq = optional<number>({
  type: ['integer', 'null'],
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
});

export const Text = optional<string>({ type: ['string', 'null'] });

/** An identifier that may be left out; the empty text is the same as absent. */
export const OptionalIdentifier = optional<string>({
  anyOf: [{ type: 'string', format: 'identifier' }, { enum: ['', null] }],
});

export function integer(minimum: number, maximum: number): Nullable<number> {
  return optional<number>({ type: ['integer', 'null'], minimum, maximum });
}

export function listOf<Item extends TSchema>(items: Item, maxItems: number): Nullable<Static<Item>[]> {
  return optional<Static<Item>[]>({ type: ['array', 'null'], items, maxItems });
}

type Nullable<Value> = TOptional<TUnsafe<Value | null>>;

function optional<Value>(schema: object): Nullable<Value> {
  return Type.Optional(Type.Unsafe<Value | null>(schema));
}

export function isOn(flag: 0 | 1 | boolean | null | undefined): boolean {
  return flag === 1 || flag === true;
}

export const Done = Type.Object({ status: Type.Literal(200) }, { description: 'Done.' });

export const DONE = { status: 200 } as const;
