import { Type, type TSchema, type TUnsafe } from '@sinclair/typebox';
import type { FastifySchemaCompiler } from 'fastify';
import { AppError, invalidArgument } from '../../domain/errors.js';

/**
 * Parameters as the shipped SDKs write them, in a query string or a JSON body alike: numbers as numbers or as
 * digits, lists in any of five spellings, and what a client left out as an empty text, `null` or
 * `undefined`. Anything else is refused by name, since a filter that is passed over answers with something
 * that nobody asked for.
 *
 * JSON Schema can say what such a parameter looks like, but not turn it into a value. So each kind of them
 * has both, a shape and a reader, and `parameters` makes one schema of them: Fastify validates by its
 * readers (`readByParameters`), and describes its shapes.
 */
export type Params = Readonly<Record<string, unknown>>;

export interface Parameter<Value> {
  readonly description: string;
  /** What it may look like. All that is read has one of these shapes; a reader may refuse more. */
  readonly shapes: readonly object[];
  /** Which values say that it was left out. */
  readonly absent: readonly unknown[];
  readonly isRequired: boolean;
  /**
   * Reads what is not absent.
   *
   * @throws INVALID_ARGUMENT that names it
   */
  readonly read: (value: unknown, name: string) => Value;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

export type Values<Declared extends Parameters> = {
  readonly [Name in keyof Declared]: Declared[Name] extends Parameter<infer Value> ? Value : never;
};

const READ = Symbol('how parameters are read');

/** The schema of a query string or of a body, whose values are what its readers return. */
export function parameters<Declared extends Parameters>(declared: Declared): TUnsafe<Values<Declared>> {
  const read = (given: unknown): unknown => readAll(declared, (given ?? {}) as Params);
  return Type.Unsafe<Values<Declared>>({ ...objectSchema(declared), [READ]: read });
}

export function objectSchema(declared: Parameters): object {
  const entries = Object.entries(declared);
  const needed = entries.filter(([, { isRequired }]) => isRequired).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, parameter]) => [name, schemaOf(parameter)])),
    ...(needed.length > 0 && { required: needed }),
  };
}

/** Has Fastify validate by the readers. Headers are read where they are used. */
export const readByParameters: FastifySchemaCompiler<TSchema & { [READ]?: (given: unknown) => unknown }> = ({
  schema,
}) => {
  const read = schema[READ];
  return (given: unknown) => {
    if (read === undefined) return true;
    try {
      return { value: read(given) };
    } catch (error) {
      return { error: error as Error };
    }
  };
};

function schemaOf({ description, shapes, absent, isRequired }: Parameter<unknown>): object {
  return { description, anyOf: isRequired ? shapes : [...shapes, { enum: absent }] };
}

/** @param path where the parameters are, if not at the top */
export function readAll(declared: Parameters, given: Params, path = ''): Params {
  return Object.fromEntries(
    Object.entries(declared).map(([name, parameter]) => [
      name,
      readParameter(parameter, given[name], path + name),
    ]),
  );
}

function readParameter<Value>(
  { absent, isRequired, read }: Parameter<Value>,
  value: unknown,
  name: string,
): Value | undefined {
  const isAbsent = value === undefined || absent.includes(value);
  if (isAbsent && !isRequired) return undefined;
  return read(isAbsent ? undefined : value, name);
}

/** One that has to be given. */
export function required<Value>(parameter: Parameter<Value | undefined>, problem?: string): Parameter<Value> {
  return {
    ...parameter,
    isRequired: true,
    read: (given, name) => {
      const value = given === undefined ? undefined : parameter.read(given, name);
      if (value !== undefined) return value;
      throw problem === undefined ? invalidArgument(name, 'is required') : refused(name, problem);
    },
  };
}

/** For parameters of which one has to be given, wherever that is. */
export function getGiven<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw invalidArgument(name, 'is required');
  return value;
}

/** Some clients write parameters into the query string, some into the body; what the body says counts. */
export function merge<Given extends object>(query: Given, body: Given): Given {
  const given = Object.entries(body).filter(([, value]) => value !== undefined);
  return { ...query, ...Object.fromEntries(given) };
}

export function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function refused(field: string, message: string): AppError {
  return new AppError('INVALID_ARGUMENT', message, { field });
}
