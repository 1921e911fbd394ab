import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/domain/errors.js';
import {
  findFlag,
  findId,
  findInteger,
  findList,
  findObjects,
  findText,
  findTimestampMs,
  findWord,
  getId,
  getIds,
  merge,
} from '../../src/http/kettle/parameters.js';

const ABSENT = [undefined, null, '', 'null', 'undefined'];

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
    expect(findList({ x: given }, 'x')).toEqual(expected);
  });

  test.each([...ABSENT, '[]', '[ ]', [], ['', 'null']].map((given) => [given]))(
    'KT-20: as a list, %j is absent',
    (given) => {
      expect(findList({ x: given }, 'x')).toBeUndefined();
    },
  );

  test.each(
    ['foo', '[0,foo]', '[0,', '0,', ',', '[,]', '-1', '[1.5]', '1e3', '0x1', {}, [[]], '[[1]]', [{}]].map(
      (given) => [given],
    ),
  )('KT-20: %j is no list, and is refused by name', (given) => {
    expect(fieldOf(() => findList({ x: given }, 'x'))).toBe('x');
  });

  test('KT-20: a list of ids is required, limited, and holds no 0', () => {
    expect(getIds({ x: ['1', 2] }, 'x', 2)).toEqual([1, 2]);
    for (const given of [undefined, [1, 2, 3], [0]])
      expect(fieldOf(() => getIds({ x: given }, 'x', 2))).toBe('x');
  });
});

describe('numbers and ids', () => {
  test.each(ABSENT)('KT-20: %j is an absent number, id, flag, timestamp and word', (given) => {
    const params = { x: given };
    expect(findInteger(params, 'x', { min: 1, max: 9 })).toBeUndefined();
    for (const find of [findId, findFlag, findTimestampMs, findWord])
      expect(find(params, 'x')).toBeUndefined();
    expect(fieldOf(() => getId(params, 'x'))).toBe('x');
  });

  test('KT-20: ids are numbers or digits, from 1 up to 2^53 - 1', () => {
    for (const given of [12, '12']) expect(getId({ x: given }, 'x')).toBe(12);
    expect(getId({ x: String(Number.MAX_SAFE_INTEGER) }, 'x')).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each(
    [0, '0', -1, '-1', 1.5, '1.5', 'abc', "1'", '1 ', true, {}, [1], '9007199254740992', 2 ** 53].map(
      (given) => [given],
    ),
  )('KT-20: %j is no id', (given) => {
    expect(fieldOf(() => getId({ x: given }, 'x'))).toBe('x');
    expect(fieldOf(() => findId({ x: given }, 'x'))).toBe('x');
  });

  test('KT-20: a refusal says what the clients expect where they expect something', () => {
    expect(() => getId({}, 'chatroom_id', 'Invalid chatroom_id!')).toThrow(/^Invalid chatroom_id!$/);
    expect(() => findId({ x: 'y' }, 'x', 'Invalid X!')).toThrow(/^Invalid X!$/);
  });

  test('KT-20: a whole number outside of its range is refused, not cut', () => {
    const page = { min: 1, max: 500 };
    expect(findInteger({ x: '500' }, 'x', page)).toBe(500);
    for (const given of ['501', 501, '0', '-1', '2.5', 'x']) {
      expect(fieldOf(() => findInteger({ x: given }, 'x', page))).toBe('x');
    }
  });
});

describe('flags, words and texts', () => {
  test('KT-20: flags are true or false, 1 or 0, as text or not', () => {
    for (const given of [true, 'true', 'True', 1, '1']) expect(findFlag({ x: given }, 'x')).toBe(true);
    for (const given of [false, 'false', 'FALSE', 0, '0']) expect(findFlag({ x: given }, 'x')).toBe(false);
    for (const given of ['yes', 2, {}, []]) expect(fieldOf(() => findFlag({ x: given }, 'x'))).toBe('x');
  });

  test('KT-20: a word is given once', () => {
    expect(findWord({ x: "'; DROP TABLE" }, 'x')).toBe("'; DROP TABLE");
    expect(fieldOf(() => findWord({ x: ['a', 'b'] }, 'x'))).toBe('x');
  });

  test('KT-20: a text may be any, also `null`, up to its limit in bytes', () => {
    for (const given of ['null', 'undefined', '', 'ä'.repeat(5)])
      expect(findText({ x: given }, 'x', 10)).toBe(given);
    expect(findText({ x: null }, 'x', 10)).toBeUndefined();
    for (const given of [5, {}, 'ä'.repeat(6)])
      expect(fieldOf(() => findText({ x: given }, 'x', 10))).toBe('x');
  });

  test('KT-20: a list of objects is one, up to its limit', () => {
    expect(findObjects({ x: [{ a: 1 }] }, 'x', 1)).toEqual([{ a: 1 }]);
    expect(findObjects({}, 'x', 1)).toEqual([]);
    for (const given of [{}, ['a'], [null], [{}, {}], 'x']) {
      expect(fieldOf(() => findObjects({ x: given }, 'x', 1))).toBe('x');
    }
  });

  test('KT-20: of the query string and the body, the body counts', () => {
    expect(merge({ a: '1', b: '2' }, { b: 3, a: null, c: false })).toEqual({ a: '1', b: 3, c: false });
  });
});
