import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/domain/errors.js';
import { isIdentifier } from '../../src/domain/identifier.js';
import {
  choice,
  filledText,
  flag,
  id,
  identifier,
  identifiers,
  ids,
  integer,
  lastMsOf,
  list,
  looseIdentifier,
  text,
  timestampMs,
  word,
} from '../../src/http/kettle/parameter-kinds.js';
import { fieldsOf, object, objects, references } from '../../src/http/kettle/parameter-objects.js';
import {
  getGiven,
  merge,
  objectSchema,
  readAll,
  required,
  type Parameter,
} from '../../src/http/kettle/parameters.js';

const ABSENT = [undefined, null, '', 'null', 'undefined'];

/** What a handler gets for a value that a client sent. */
function readOne(parameter: Parameter<unknown>, given: unknown): unknown {
  return readAll({ x: parameter }, { x: given })['x'];
}

/** The field that a refusal names. */
function fieldOf(read: () => unknown): string | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_ARGUMENT') return error.field;
    throw error;
  }
  return undefined;
}

describe('lists', () => {
  test.each([
    ['[0,7]', [0, 7]],
    ['[0, 7]', [0, 7]],
    [' [0,7] ', [0, 7]],
    ['0,7', [0, 7]],
    ['0, 7', [0, 7]],
    ['7', [7]],
    ['[7]', [7]],
    [
      ['0', '7'],
      [0, 7],
    ],
    [
      ['[0]', '7,10'],
      [0, 7, 10],
    ],
    [
      [0, 7],
      [0, 7],
    ],
    [7, [7]],
    ['["0","7"]', [0, 7]],
    ['[7,7]', [7]],
  ])('KT-20: %j is the list %j', (given, expected) => {
    expect(readOne(list('…'), given)).toEqual(expected);
  });

  test.each([...ABSENT, '[]', '[ ]', [], ['', 'null']].map((given) => [given]))(
    'KT-20: as a list, %j is absent',
    (given) => {
      expect(readOne(list('…'), given)).toBeUndefined();
    },
  );

  test.each(
    [
      'foo',
      '[0,foo]',
      '[0,',
      '0,',
      ',',
      '[,]',
      '-1',
      [-1],
      '[1.5]',
      '1e3',
      '0x1',
      {},
      [[]],
      '[[1]]',
      [{}],
    ].map((given) => [given]),
  )('KT-20: %j is no list, and is refused by name', (given) => {
    expect(fieldOf(() => readOne(list('…'), given))).toBe('x');
  });

  test('KT-20: a list of ids is required, limited, and holds no 0', () => {
    const some = required(ids('…', 2));
    expect(readOne(some, ['1', 2])).toEqual([1, 2]);
    for (const given of [undefined, '[]', [1, 2, 3], [0]])
      expect(fieldOf(() => readOne(some, given))).toBe('x');
  });
});

describe('numbers and ids', () => {
  test.each(ABSENT)('KT-20: %j is an absent number, id, flag, timestamp, choice and word', (given) => {
    const bounds = { min: 1, max: 9 };
    const kinds = [integer('…', bounds), id('…'), flag('…'), timestampMs('…'), lastMsOf('…'), word('…')];
    for (const kind of [...kinds, choice('…', ['A'], 'no')]) expect(readOne(kind, given)).toBeUndefined();
    expect(fieldOf(() => readOne(required(id('…')), given))).toBe('x');
  });

  test('KT-20: ids are numbers or digits, from 1 up to 2^53 - 1', () => {
    for (const given of [12, '12']) expect(readOne(id('…'), given)).toBe(12);
    expect(readOne(id('…'), String(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each(
    [0, '0', -1, '-1', 1.5, '1.5', 'abc', "1'", '1 ', true, {}, [1], '9007199254740992', 2 ** 53].map(
      (given) => [given],
    ),
  )('KT-20: %j is no id', (given) => {
    expect(fieldOf(() => readOne(id('…'), given))).toBe('x');
    expect(fieldOf(() => readOne(required(id('…')), given))).toBe('x');
  });

  test('KT-20: a refusal says what the clients expect where they expect something', () => {
    expect(() => readOne(required(id('…'), 'No X!'), undefined)).toThrow(/^No X!$/);
    expect(() => readOne(id('…', 'Invalid X!'), 'y')).toThrow(/^Invalid X!$/);
  });

  test('KT-20: a whole number outside of its range is refused, not cut', () => {
    const size = integer('…', { min: 1, max: 500 });
    expect(readOne(size, '500')).toBe(500);
    for (const given of ['501', 501, '0', '-1', '2.5', 'x'])
      expect(fieldOf(() => readOne(size, given))).toBe('x');
  });

  test('KT-21: seconds become milliseconds; as an upper bound, a whole second', () => {
    for (const given of [99_999_999_999, '99999999999']) {
      expect(readOne(timestampMs('…'), given)).toBe(99_999_999_999_000);
      expect(readOne(lastMsOf('…'), given)).toBe(99_999_999_999_999);
    }
    for (const kind of [timestampMs('…'), lastMsOf('…')]) expect(readOne(kind, 1e11)).toBe(1e11);
  });
});

describe('flags, words and texts', () => {
  test('KT-20: flags are true or false, 1 or 0, as text or not', () => {
    for (const given of [true, 'true', 'True', 1, '1']) expect(readOne(flag('…'), given)).toBe(true);
    for (const given of [false, 'false', 'FALSE', 0, '0']) expect(readOne(flag('…'), given)).toBe(false);
    for (const given of ['yes', 2, {}, [], [true], ['1']])
      expect(fieldOf(() => readOne(flag('…'), given))).toBe('x');
  });

  test('KT-20: a word is given once', () => {
    expect(readOne(word('…'), "'; DROP TABLE")).toBe("'; DROP TABLE");
    expect(fieldOf(() => readOne(word('…'), ['a', 'b']))).toBe('x');
  });

  test('KT-20: a choice is one of its words, in capital letters or not', () => {
    const order = choice('…', ['DESC', 'ASC'], 'Invalid!');
    for (const given of ['asc', 'ASC', 'Asc']) expect(readOne(order, given)).toBe('ASC');
    for (const given of ['ascending', 1, ['ASC']]) expect(() => readOne(order, given)).toThrow(/^Invalid!$/);
  });

  test('KT-20: a text may be any, also `null`, up to its limit in bytes', () => {
    const short = text('…', 10);
    for (const given of ['null', 'undefined', '', 'ä'.repeat(5)]) expect(readOne(short, given)).toBe(given);
    expect(readOne(short, null)).toBeUndefined();
    for (const given of [5, {}, 'ä'.repeat(6)]) expect(fieldOf(() => readOne(short, given))).toBe('x');
  });

  test('KT-20: a text that has to say something is not blank', () => {
    expect(readOne(filledText('…'), ' a ')).toBe(' a ');
    for (const given of [undefined, null, '', ' \n', 5])
      expect(fieldOf(() => readOne(filledText('…'), given))).toBe('x');
  });

  test('KT-15, KT-20: an identifier is printable; where clients send a number it is its digits', () => {
    expect(readOne(identifier('…'), 'ann')).toBe('ann');
    for (const given of ['', 'a\nb', 5]) expect(fieldOf(() => readOne(identifier('…'), given))).toBe('x');
    expect(readOne(looseIdentifier('…'), 5)).toBe('5');
    for (const given of ['', null]) expect(readOne(looseIdentifier('…'), given)).toBeUndefined();
    expect(readOne(identifiers('…', 2), ['a', 'b'])).toEqual(['a', 'b']);
    for (const given of ['a', ['a', 'b', 'c'], ['']])
      expect(fieldOf(() => readOne(identifiers('…', 2), given))).toMatch(/^x(\[0\])?$/);
  });
});

describe('objects', () => {
  test('KT-20: an object is one', () => {
    expect(readOne(object('…'), { a: 1 })).toEqual({ a: 1 });
    for (const given of [[], 5, 'x']) expect(fieldOf(() => readOne(object('…'), given))).toBe('x');
    for (const given of ABSENT) expect(readOne(object('…'), given)).toBeUndefined();
  });

  test('KT-20: a list of objects is one, up to its limit, and keeps what is not read', () => {
    const some = objects('…', { maxItems: 1, fields: { a: required(id('…')) } });
    expect(readOne(some, [{ a: '1', b: 2 }])).toEqual([{ a: 1, b: 2 }]);
    for (const given of [{}, ['a'], [null], [{ a: 1 }, { a: 1 }], 'x'])
      expect(fieldOf(() => readOne(some, given))).toBe('x');
    expect(fieldOf(() => readOne(some, [{}]))).toBe('x[0].a');
    expect(fieldOf(() => readOne(fieldsOf('…', { a: required(id('…')) }), { a: 0 }))).toBe('x.a');
  });

  test('KT-11, KT-20: options are named by their ids, in objects or bare', () => {
    expect(readOne(references('…', 3), [{ id: 1 }, '2', 1])).toEqual([1, 2]);
    for (const given of [1, 'x', [1, 2, 3, 4]])
      expect(fieldOf(() => readOne(references('…', 3), given))).toBe('x');
    expect(fieldOf(() => readOne(references('…', 3), [1, null]))).toBe('x[1].id');
  });
});

test('KT-20: of the query string and the body, the body counts', () => {
  expect(merge<object>({ a: '1', b: '2' }, { a: undefined, b: 3, c: false })).toEqual({
    a: '1',
    b: 3,
    c: false,
  });
  expect(fieldOf(() => getGiven(undefined, 'x'))).toBe('x');
});

/** Everything that the tests above try. */
const TRIED = [
  ABSENT.slice(1),
  [true, false, 'True', 'FALSE', 0, 1, 2, -1, 1.5, 1e11, 2 ** 53, '0', '7', '501', '-1', '1.5', 'x', ' '],
  ['[0,7]', '[0, 7]', ' [0,7] ', '0, 7', '["0","7"]', '[]', '[ ]', '[0,', '0,', ',', '[,]', '1e3', '0x1'],
  [[], [0], [7, '7'], ['[0]', '7,10'], ['', 'null'], [[]], [{}], [-1], [null], {}, { a: 1 }, [{ a: 1 }]],
  ['asc', 'DESC', 'ä'.repeat(5), 'ä'.repeat(6), 'a\nb', [{ id: 1 }, 2], ['a'], { a: '1', b: 2 }],
].flat();

const KINDS: Readonly<Record<string, Parameter<unknown>>> = {
  integer: integer('…', { min: 1, max: 500 }),
  id: id('…'),
  flag: flag('…'),
  timestampMs: timestampMs('…'),
  lastMsOf: lastMsOf('…'),
  list: list('…'),
  ids: ids('…', 2),
  word: word('…'),
  choice: choice('…', ['DESC', 'ASC'], 'no'),
  text: text('…', 10),
  filledText: filledText('…', 10),
  identifier: identifier('…'),
  looseIdentifier: looseIdentifier('…'),
  identifiers: identifiers('…', 2),
  object: object('…'),
  objects: objects('…', { maxItems: 1, fields: { a: required(id('…')) } }),
  fieldsOf: fieldsOf('…', { a: required(id('…')) }),
  references: references('…', 3),
};

describe('their descriptions', () => {
  const ajv = new Ajv2020({ allowUnionTypes: true, formats: { identifier: isIdentifier } });

  test.each(Object.keys(KINDS))('OP-11: all that is read as %s is of the described shapes', (name) => {
    const optional = KINDS[name] as Parameter<unknown>;
    for (const parameter of [optional, required(optional)]) {
      const isDescribed = ajv.compile(objectSchema({ x: parameter }));
      const accepted = TRIED.filter((given) => fieldOf(() => readOne(parameter, given)) === undefined);
      expect(accepted.filter((given) => !isDescribed({ x: given }))).toEqual([]);
    }
    expect(TRIED.some((given) => !ajv.validate(objectSchema({ x: optional }), { x: given }))).toBe(true);
  });
});
