import * as fc from 'fast-check';

/**
 * Requests made from the schemas that the routes declare: JSON as text, since some of what clients can
 * write has no JavaScript value (1e400, a key that comes twice). Most values are valid, so that requests get
 * past the first check; some are almost valid; a few are what an attacker would try.
 */
export type JsonText = fc.Arbitrary<string>;

/** The parts of JSON Schema that the routes use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** A body for a route: mostly an object of its properties, sometimes anything. */
export function bodiesFor(schema: JsonSchema): JsonText {
  return fc.oneof({ weight: 30, arbitrary: objectOf(schema) }, { weight: 1, arbitrary: hostileValues });
}

/** The query of a URL, with the same values. */
export function queriesFor({ properties = {} }: JsonSchema): fc.Arbitrary<string> {
  const pairs = Object.entries(properties).map(([name, schema]) => {
    const value = fc.oneof(
      { weight: 12, arbitrary: validValue(schema) },
      { weight: 2, arbitrary: hostileValues },
    );
    const pair = value.map((text) => `${name}=${percentEncode(text.replaceAll(/^"|"$/g, ''))}`);
    return sometimes(12, pair);
  });
  return fc.tuple(...pairs).map((parts) => parts.filter(Boolean).join('&').slice(0, 12_000));
}

/** Halves of surrogate pairs, which have no bytes in UTF-8, go as the three bytes that CESU-8 gives them. */
function percentEncode(text: string): string {
  return text
    .split(/(\p{Cs})/u)
    .map((part) => (/^\p{Cs}$/u.test(part) ? '%ED%A0%80' : encodeURIComponent(part)))
    .join('');
}

function objectOf({ properties = {}, required = [] }: JsonSchema): JsonText {
  const entries = Object.entries(properties).map(([name, schema]) =>
    sometimes(
      required.includes(name) ? 40 : 1,
      valueOf(schema).map((text) => `${JSON.stringify(name)}:${text}`),
    ),
  );
  const extra = fc.tuple(hostileKeys, hostileValues).map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  return fc
    .tuple(...entries, fc.oneof({ weight: 10, arbitrary: fc.constant('') }, extra))
    .map((parts) => `{${parts.filter(Boolean).join(',')}}`);
}

/** So many times as often as nothing. */
function sometimes(weight: number, arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ weight, arbitrary }, { weight: 1, arbitrary: fc.constant('') });
}

function valueOf(schema: JsonSchema): JsonText {
  return fc.oneof(
    { weight: 40, arbitrary: validValue(schema) },
    { weight: 3, arbitrary: nearlyValid(schema) },
    { weight: 1, arbitrary: hostileValues },
  );
}

function validValue(schema: JsonSchema): JsonText {
  const { type, anyOf, minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema;
  if ('const' in schema) return texts(schema.const);
  if (schema.enum) return texts(...schema.enum);
  if (anyOf) return fc.oneof(...anyOf.map(validValue));
  if (Array.isArray(type))
    return fc.oneof(...type.map((each: string) => validValue({ ...schema, type: each })));
  if (type === 'null') return texts(null);
  if (type === 'object') return objectOf(schema);
  if (type === 'array') return arrayOf(schema.items ?? {});
  if (type === 'integer') {
    const usual = [0, 1, 2, 3, 7, minimum, maximum].filter((value) => value >= minimum && value <= maximum);
    return fc.oneof(
      texts(...usual),
      fc.integer({ min: Math.max(minimum, -(2 ** 31)), max: Math.min(maximum, 2 ** 31 - 1) }).map(String),
    );
  }
  if (type === 'string') return stringOf(schema);
  return texts(0, null, '1763756460123456500', 1e18, 1763756460122999808, 2 ** 62);
}

function arrayOf(items: JsonSchema): JsonText {
  return fc
    .array(fc.oneof({ weight: 20, arbitrary: validValue(items) }, { weight: 1, arbitrary: hostileValues }), {
      maxLength: 4,
    })
    .map((parts) => `[${parts.join(',')}]`);
}

/** Few names, so that requests meet each other's channels and users. */
function stringOf({ format, pattern, minLength }: JsonSchema): JsonText {
  if (pattern !== undefined) return texts('1', '2', '3', '255');
  if (format === 'identifier')
    return texts(
      'alice',
      'bob',
      'g',
      'ns:room:1',
      'auth0|5f',
      '😀',
      'a@b',
      '__proto__',
      'constructor',
      'x'.repeat(256),
    );
  if (minLength !== undefined) return texts('aGVsbG8=', 'AA==', 'A'.repeat(80_000));
  return texts('', 'g:2:1', 'alice:1:1|g:2:0', `${'g:2:1|'.repeat(2000)}g:2:1`);
}

function nearlyValid({ minimum = 0, maximum = 0 }: JsonSchema): JsonText {
  return texts(
    minimum - 1,
    maximum + 1,
    minimum + 0.5,
    String(minimum),
    '',
    null,
    [],
    {},
    [[]],
    true,
    'x'.repeat(257),
    ' ',
    '|',
    'g:2',
    'g:2:1|',
  );
}

const STATEMENTS = [
  "'; DROP TABLE messages; --",
  '" OR 1=1 --',
  '${7*7}',
  '<script>',
  '../../etc/passwd',
  '%s%n',
  '\0',
  'a\0b',
];
const NUMBERS = [
  '1e400',
  '-1e400',
  '-0',
  '0.1e-400',
  '9007199254740993',
  '-9223372036854775809',
  '1E+2',
  '123456789012345678901234567890',
];

export const hostileKeys = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'uid',
  'channel_id',
  'payload',
  '',
  '\0',
  'larges',
);

export const hostileValues: JsonText = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...NUMBERS) },
  {
    weight: 10,
    arbitrary: texts(
      ...STATEMENTS,
      '\u{D800}',
      'a\u{DC00}',
      '\u{202E}',
      '\u{FEFF}',
      '\u{2028}',
      true,
      null,
      [],
      {},
    ),
  },
  {
    weight: 10,
    arbitrary: fc.string({ unit: 'binary', maxLength: 300 }).map((text) => JSON.stringify(text)),
  },
  { weight: 5, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '{"__proto__":{"isOn":true}}',
      '{"constructor":{"prototype":{"x":1}}}',
      '{"a":1,"a":2}',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.integer({ min: 10, max: 20_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 10, max: 5000 })
      .map((depth) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"', 'x"', ' ').map((end) => `"${'x'.repeat(1024 * 1024 - 500)}${end}"`),
  },
  { weight: 1, arbitrary: fc.constant(`"${':1:1|'.repeat(150_000)}"`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '{',
      '[1',
      'undefined',
      'NaN',
      "'x'",
      '01',
      '+1',
      '.5',
      '0x1',
      '"\n"',
      '\u{FEFF}1',
    ),
  },
);

function texts(...values: readonly unknown[]): JsonText {
  return fc.constantFrom(...values.map((value) => JSON.stringify(value)));
}
