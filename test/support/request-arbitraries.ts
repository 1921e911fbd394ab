import * as fc from 'fast-check';
import type { JsonSchema, Operation } from './described-api.js';
import { hostileKeys, hostileValues } from './hostile-json.js';

/**
 * Requests made from the description of an operation: mostly valid, some nearly so, some as an attacker would
 * write them. What names something is mostly a reference, such as `{room 5}`, which is replaced by the id
 * of something that exists by the time it is sent.
 */
export interface FuzzRequest {
  /** By its name. */
  readonly operation: string;
  /** Which of the callers sends it. */
  readonly caller: number;
  /** What it is about: reference 0. */
  readonly subject: number;
  /** After the question mark. */
  readonly query: string;
  /** Undefined: none. */
  readonly body: string | undefined;
  /** Whether it is added to the example of this operation, of which it then changes something. */
  readonly changesExample: boolean;
  readonly contentType: string | undefined;
}

export type ReferenceKind = 'me' | 'uid' | 'userId' | 'channel' | 'room' | 'message' | 'option';

/** A text of JSON. */
type JsonText = fc.Arbitrary<string>;

/** What the names of parameters refer to. */
const KINDS: Readonly<Record<string, ReferenceKind>> = {
  uid: 'me',
  login_uid: 'me',
  from_uid: 'me',
  uuid: 'me',
  user_unique_id: 'uid',
  uuids: 'uid',
  subscribers: 'uid',
  member_id: 'userId',
  chatroom_participants: 'userId',
  channel_id: 'channel',
  chatroom_id: 'room',
  collabcard_id: 'room',
  replied_chatroom_id: 'room',
  conversation_id: 'message',
  replied_conversation_id: 'message',
  conversation_ids: 'message',
  poll_id: 'option',
  id: 'option',
};

/** Values that a schema does not know to be the interesting ones. */
const USUAL: Readonly<Record<string, readonly unknown[]>> = {
  payload: ['aGVsbG8=', 'eyJ0eXBlIjoxLCJjb250ZW50IjoiaGkifQ==', 'AA=='],
  version: [0, null, 1763756460122999808, '1763756460123456500', 1e18, 2 ** 62],
  last_msg_seqs: ['', 'the secret group:2:1', 'bob:1:0|the open group:2:1', 'ann:1:99'],
  channel_type: [1, 2, 2],
  state: [0, 0, '0', 10],
  type: [0, 7, '0', 10],
  client_msg_no: ['m1', 'm2'],
  temporary_id: ['m1', 'm2', 3],
  order_by: ['ASC', 'DESC', 'asc'],
  page: [1, '1', 2, 0],
  page_size: [1, 2, '50', 500],
  limit: [1, 2, 1000],
  min_timestamp: [0, '0', 1763756460],
  max_timestamp: [1e11, '9007199254740991'],
  expiry_time: [0, 1763756460, 32503680000000],
  multiple_select_no: [0, 1, 2],
  chatroom_types: ['[0,7]', '0, 7', '10', [0, 10], 'undefined'],
  included_conversation_states: ['[0,10]', '[0,1,10]'],
  excluded_conversation_states: ['[1]', '', [0]],
};

/** By which a second request is known for the same as the first. */
const REPEATED: ReadonlySet<string> = new Set(['client_msg_no', 'temporary_id']);

const REFERENCE = /"?\{(me|uid|userId|channel|room|message|option) (\d+)\}"?/g;

/** Puts what `find` knows in the places of references. */
export function resolveReferences(
  text: string,
  find: (kind: ReferenceKind, index: number) => string | number,
  write: (value: string | number) => string,
): string {
  return text.replaceAll(REFERENCE, (_, kind: string, index: string) =>
    write(find(kind as ReferenceKind, Number(index))),
  );
}

/** @param callers how many there are */
export function requestsFor(operations: readonly Operation[], callers: number): fc.Arbitrary<FuzzRequest> {
  const sender = fc.record({ caller: fc.nat({ max: callers - 1 }), subject: fc.nat({ max: 10_000 }) });
  const requests = operations.map((operation) =>
    fc
      .tuple(sender, contentTypeOf(operation), fc.oneof(ownContent(operation), changedExample(operation)))
      .map(([sent, contentType, content]) =>
        Object.assign({ operation: operation.name, contentType }, sent, content),
      ),
  );
  return fc.oneof(...requests);
}

type Content = Pick<FuzzRequest, 'query' | 'body' | 'changesExample'>;

function ownContent(operation: Operation): fc.Arbitrary<Content> {
  return fc
    .tuple(queryOf(operation), bodyOf(operation))
    .map(([query, body]) => ({ query, body, changesExample: false }));
}

/** In at most two fields. */
function changedExample({ parameters = [], requestBody }: Operation): fc.Arbitrary<Content> {
  if (requestBody === undefined) {
    const inQuery = parameters.filter((parameter) => parameter.in === 'query');
    const changes = inQuery.map(({ name, schema }) => pairOf(name, anyOf(schema, name)));
    return fc
      .oneof(fc.constant(''), ...changes)
      .map((query) => ({ query, body: undefined, changesExample: true }));
  }
  const { properties = {} } = requestBody.content['application/json']?.schema ?? {};
  const changes = Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]) =>
    anyOf(schema, name).map((text) => `{${JSON.stringify(name)}:${text}}`),
  );
  const change = fc.oneof(fc.constant('{}'), ...changes);
  return mostly(2, fc.constant('{}'), fc.tuple(change, change)).map((body) => ({
    query: '',
    body: typeof body === 'string' ? body : addPair([body[0], body[1].slice(1, -1)]),
    changesExample: true,
  }));
}

function contentTypeOf({ requestBody }: Operation): fc.Arbitrary<string | undefined> {
  const usual = requestBody === undefined ? undefined : 'application/json';
  return mostly(40, fc.constant(usual), fc.constantFrom(undefined, ...ODD_TYPES));
}

const ODD_TYPES = [
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/json; charset=utf-16',
  'multipart/form-data',
  'x',
  '',
];

function bodyOf({ requestBody }: Operation): fc.Arbitrary<string | undefined> {
  if (requestBody === undefined) return mostly(20, fc.constant(undefined), fc.constantFrom('{', '{}', 'x'));
  const schema = requestBody.content['application/json']?.schema ?? {};
  const valid = objectOf(schema, validOf);
  const nearly = fc.tuple(objectOf(schema, anyOf), odd).map(addPair);
  const object = fc.oneof(valid, nearly);
  const broken = fc.oneof(
    hostileValues,
    fc.constantFrom('', ' ', '[]', 'null', '"x"', '\u{FEFF}{}', 'a=1&chatroom_id=1', '{"a":1}{"b":2}'),
    // Cut off, and with everything twice.
    fc.tuple(object, fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1))),
    fc.tuple(object, object).map(([one, other]) => addPair([one, other.slice(1, -1)])),
  );
  return fc.oneof({ weight: 8, arbitrary: valid }, { weight: 6, arbitrary: nearly }, broken);
}

function queryOf({ parameters = [], requestBody }: Operation): fc.Arbitrary<string> {
  // What may be in either is mostly in the body.
  const nothing = requestBody === undefined ? 1 : 8;
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const pairsOf = (valueOf: ValueOf): fc.Arbitrary<string>[] =>
    inQuery.map(({ name, required, schema }) =>
      sometimes(required ? 60 : 1, pairOf(name, valueOf(schema, name)), nothing),
    );
  const strange = fc.oneof(
    fc.constantFrom('%', '%zz=%', '%FF%FE=1', '__proto__=1', 'constructor=1', '=', '&&', 'tag', 'x[]=1'),
    fc.tuple(hostileKeys, hostileValues).map(([key, value]) => `${encode(key)}=${encode(value)}`),
    // Given again.
    ...inQuery.map(({ name, schema }) => pairOf(name, anyOf(schema, name))),
  );
  const valid = fc.tuple(...pairsOf(validOf));
  const nearly = fc.tuple(...pairsOf(anyOf), sometimes(1, strange, 3));
  return mostly(nothing, valid, nearly).map((parts) =>
    parts
      .filter((part) => part !== '')
      .join('&')
      .slice(0, 8000),
  );
}

function pairOf(name: string, value: JsonText): fc.Arbitrary<string> {
  return value.map((text) => {
    const bare = unquote(text);
    return REFERENCE_ONLY.test(bare) ? `${name}=${bare}` : `${name}=${encode(bare)}`;
  });
}

const REFERENCE_ONLY = /^\{[a-zA-Z]+ \d+\}$/;

function unquote(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}

/** Halves of surrogate pairs, which have no bytes in UTF-8, go as the three bytes that CESU-8 gives them. */
function encode(text: string): string {
  return text
    .split(/(\p{Cs})/u)
    .map((part) => (/^\p{Cs}$/u.test(part) ? '%ED%A0%80' : encodeURIComponent(part)))
    .join('');
}

type ValueOf = (schema: JsonSchema, name: string) => JsonText;

function objectOf({ properties = {}, required = [] }: JsonSchema, valueOf: ValueOf): JsonText {
  const needed = required as readonly string[];
  const entries = Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]) => {
    const pair = valueOf(schema, name).map((text) => `${JSON.stringify(name)}:${text}`);
    if (needed.includes(name)) return sometimes(60, pair);
    // Without an id of what it is about, a request gets nowhere.
    return name in KINDS || REPEATED.has(name) ? sometimes(3, pair) : sometimes(1, pair, 3);
  });
  return fc.tuple(...entries).map((parts) => `{${parts.filter((part) => part !== '').join(',')}}`);
}

/** A pair that nobody asked for, or none. */
const odd = sometimes(
  1,
  fc.tuple(hostileKeys, hostileValues).map(([name, text]) => `${JSON.stringify(name)}:${text}`),
  4,
);

/** Of a pair that comes twice, the later one counts. */
export function addPair([object, pair]: readonly [string, string]): string {
  if (pair === '') return object;
  return `${object.slice(0, -1)}${object === '{}' ? '' : ','}${pair}}`;
}

function anyOf(schema: JsonSchema, name: string): JsonText {
  return fc.oneof(
    { weight: 16, arbitrary: validOf(schema, name) },
    { weight: 2, arbitrary: nearlyValidOf(schema) },
    { weight: 1, arbitrary: hostileValues },
  );
}

/** Valid by its schema, and mostly of something that exists. */
function validOf(schema: JsonSchema, name: string): JsonText {
  const kind = isVote(schema, name) ? 'option' : KINDS[name];
  const usual = USUAL[name];
  if (kind !== undefined) return mostly(12, referenceOf(kind, schema), bySchema(schema, ''));
  if (usual !== undefined) return mostly(6, texts(...usual), bySchema(schema, ''));
  return bySchema(schema, name);
}

/** Options are voted for by their ids, and made by their texts, under the same name. */
function isVote(schema: JsonSchema, name: string): boolean {
  return name === 'polls' && !JSON.stringify(schema).includes('"text"');
}

function referenceOf(kind: ReferenceKind, schema: JsonSchema): JsonText {
  const one = fc
    .tuple(
      fc.constantFrom(kind, kind, kind, kind === 'me' ? 'uid' : kind),
      mostly(6, fc.constant(0), fc.nat({ max: 10_000 })),
    )
    .map(([each, index]) => `"{${each} ${index}}"`);
  if (!takesList(schema)) return one;
  return fc.array(one, { minLength: 1, maxLength: 3 }).map((parts) => `[${parts.join(',')}]`);
}

function takesList({ type, anyOf: shapes = [] }: JsonSchema): boolean {
  return [type].flat().includes('array') || (shapes as readonly JsonSchema[]).some(takesList);
}

function bySchema(schema: JsonSchema, name: string): JsonText {
  const { type, anyOf: shapes, minimum = -(2 ** 31), maximum = 2 ** 31 } = schema;
  if (schema['const'] !== undefined) return texts(schema['const']);
  if (Array.isArray(schema['enum'])) return texts(...(schema['enum'] as unknown[]));
  if (Array.isArray(shapes)) return fc.oneof(...(shapes as JsonSchema[]).map((each) => validOf(each, name)));
  if (Array.isArray(type)) return fc.oneof(...type.map((each) => bySchema({ ...schema, type: each }, name)));
  if (type === 'object') return objectOf(schema, validOf);
  if (type === 'array') return arrayOf((schema['items'] ?? {}) as JsonSchema);
  if (type === 'string') return stringOf(schema);
  if (type === 'boolean') return texts(true, false);
  if (type === 'null') return texts(null);
  if (type === 'integer' || type === 'number') return numberOf(Number(minimum), Number(maximum));
  return fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value));
}

function numberOf(min: number, max: number): JsonText {
  const usual = [0, 1, 2, 3, min, max].filter((value) => value >= min && value <= max);
  const others = fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) });
  return fc.oneof(texts(...usual), others.map(String));
}

function arrayOf(items: JsonSchema): JsonText {
  return fc.array(validOf(items, ''), { maxLength: 3 }).map((parts) => `[${parts.join(',')}]`);
}

function stringOf({ format, pattern, maxLength }: JsonSchema): JsonText {
  if (typeof pattern === 'string') {
    return fc.stringMatching(new RegExp(pattern)).map((text) => JSON.stringify(text.slice(0, 60)));
  }
  if (format === 'identifier') {
    return texts('ann', 'g', 'ns:room:1', 'auth0|5f', '😀', 'a@b', '__proto__', 'x'.repeat(256));
  }
  const longest = Math.min(Number(maxLength ?? 2000), 2000);
  return texts('hello', '', 'ä', '👩‍👩‍👧', '\u{202E}rtl', 'x'.repeat(longest));
}

/** One keyword violated, by one where that is a number. */
function nearlyValidOf(schema: JsonSchema): JsonText {
  const shapes = [schema, ...((schema['anyOf'] ?? []) as JsonSchema[])];
  const beyond = shapes.flatMap(({ minimum, maximum, maxLength, maxItems, format }) => {
    const values: unknown[] = format === 'identifier' ? ['', ' ', 'x'.repeat(257), 'a\nb'] : [];
    if (typeof minimum === 'number') values.push(minimum - 1, minimum - 0.5, String(minimum - 1));
    if (typeof maximum === 'number') values.push(maximum + 1, String(maximum + 1), maximum * 2);
    if (typeof maxLength === 'number') values.push('x'.repeat(maxLength + 1), 'ä'.repeat(maxLength));
    if (typeof maxItems === 'number' && maxItems <= 1000) values.push(Array(maxItems + 1).fill(1));
    return values;
  });
  return texts(...beyond, null, '', 0, 1, '0', true, [], {}, [[]], [null], 'null', 'undefined', 'x');
}

/** So many times as often as something else. */
function mostly<Value, Other>(
  weight: number,
  arbitrary: fc.Arbitrary<Value>,
  other: fc.Arbitrary<Other>,
): fc.Arbitrary<Value | Other> {
  return fc.oneof({ weight, arbitrary }, { weight: 1, arbitrary: other });
}

/** So many times as often as nothing. */
function sometimes(weight: number, arbitrary: fc.Arbitrary<string>, nothing = 1): fc.Arbitrary<string> {
  return fc.oneof({ weight, arbitrary }, { weight: nothing, arbitrary: fc.constant('') });
}

function texts(...values: readonly unknown[]): JsonText {
  return fc.constantFrom(...values.map((value) => JSON.stringify(value)));
}
