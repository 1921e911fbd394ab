import { Type, type Static, type TSchema, type TUnsafe } from '@sinclair/typebox';
import { concatJson } from '../json-bytes.js';
import { fieldsJson } from './json-text.js';

/** What replies of this dialect are made of. */

export function nullable<Schema extends TSchema>(schema: Schema): TUnsafe<Static<Schema> | null> {
  return Type.Unsafe<Static<Schema> | null>({ ...schema, nullable: true });
}

export const NullableInteger = nullable(Type.Integer());
export const NullableText = nullable(Type.String());
export const NullableNumber = nullable(Type.Number());

/** An object whose keys are ids in decimal. */
export function mapOf<Schema extends TSchema>(values: Schema): TUnsafe<Record<string, Static<Schema>>> {
  return Type.Unsafe<Record<string, Static<Schema>>>({ type: 'object', additionalProperties: values });
}

/** An object that is passed on as it came. */
export const AnyObject = Type.Unsafe<Readonly<Record<string, unknown>>>({
  type: 'object',
  additionalProperties: true,
});

type Constant = null | boolean | number | string;

/**
 * Fields that a client decodes but that say nothing here: their values, also as the text
 * of fields, and the schemas of these. A client
 * that decodes strictly takes null for "unknown", but not a field of another type.
 */
export function constants<const Values extends Readonly<Record<string, Constant>>>(
  values: Values,
): Constants<Values> {
  const schemas = Object.entries(values).map(([name, value]) => [name, schemaOf(value)]);
  return {
    values,
    json: fieldsJson(values),
    schemas: Object.fromEntries(schemas) as Constants<Values>['schemas'],
  };
}

interface Constants<Values> {
  readonly values: Values;
  readonly json: string;
  readonly schemas: { readonly [Name in keyof Values]: TUnsafe<Values[Name]> };
}

function schemaOf(value: Constant): TSchema {
  if (value === null) return Type.Null();
  if (typeof value === 'number') return Type.Integer();
  return typeof value === 'boolean' ? Type.Boolean() : Type.String();
}

/** `{"success": true, "data": {…}}` */
export function success<Schema extends TSchema>(data: Schema, description: string) {
  return Type.Object({ success: Type.Literal(true), data }, { description });
}

export function succeed<Data>(data: Data): { success: true; data: Data } {
  return { success: true, data };
}

export function succeedJson(data: readonly string[]): Buffer {
  return concatJson(['{"success":true,"data":', ...data, '}']);
}

/** A success with nothing to say has no `data` at all. */
export const Done = Type.Object({ success: Type.Literal(true) }, { description: 'Done.' });

export const DONE = { success: true } as const;
