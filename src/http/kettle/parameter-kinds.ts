import { invalidArgument } from '../../domain/errors.js';
import { IDENTIFIER_RULE, isIdentifier } from '../../domain/identifier.js';
import { epochMs } from '../../domain/time-range.js';
import { refused, required, type Parameter } from './parameters.js';

/** What parameters are made of. Each takes its description first. */

/** For what is not free text. */
const LEFT_OUT = ['', 'null', 'undefined', null];

const DIGITS = /^\d{1,16}$/;

interface Bounds {
  readonly min: number;
  readonly max: number;
}

export type Optional<Value> = Parameter<Value | undefined>;

export function optional<Value>(
  parameter: Pick<Optional<Value>, 'description' | 'shapes' | 'read'> & Partial<Optional<Value>>,
): Optional<Value> {
  return { absent: LEFT_OUT, isRequired: false, ...parameter };
}

/** A whole number that is not negative; NaN if it is none. */
function toWhole(value: unknown): number {
  if (typeof value === 'string') return DIGITS.test(value) ? Number(value) : Number.NaN;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : Number.NaN;
}

function wholeNumbers({ min, max }: Bounds): object[] {
  return [
    { type: 'integer', minimum: min, maximum: max },
    { type: 'string', pattern: DIGITS.source },
  ];
}

export function integer(description: string, { min, max }: Bounds): Optional<number> {
  return optional({
    description: `${description} (${min} to ${max})`,
    shapes: wholeNumbers({ min, max }),
    read: (value, name) => {
      const number = toWhole(value);
      if (number >= min && number <= max) return number;
      throw invalidArgument(name, `must be a whole number from ${min} to ${max}`);
    },
  });
}

/** @param problem what to answer instead of a text that names the parameter */
export function id(description: string, problem?: string): Optional<number> {
  return optional({
    description,
    shapes: wholeNumbers({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    read: (value, name) => {
      const number = toWhole(value);
      if (number >= 1 && number <= Number.MAX_SAFE_INTEGER) return number;
      throw refused(name, problem ?? `${name} must be an id: a whole number from 1 on`);
    },
  });
}

const ON: ReadonlySet<unknown> = new Set([true, 1, 'true', '1']);
const OFF: ReadonlySet<unknown> = new Set([false, 0, 'false', '0']);

export function flag(description: string): Optional<boolean> {
  return optional({
    description,
    shapes: [
      { type: 'boolean' },
      { enum: [0, 1] },
      { type: 'string', pattern: '^([01]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$' },
    ],
    read: (value, name) => {
      const given = typeof value === 'string' ? value.toLowerCase() : value;
      if (ON.has(given)) return true;
      if (OFF.has(given)) return false;
      throw invalidArgument(name, 'must be true or false');
    },
  });
}

/** A moment; clients send seconds or milliseconds. */
export function timestampMs(description: string): Optional<number> {
  return timestamp(description, epochMs);
}

/** The end of a moment: a second is a whole one. */
export function lastMsOf(description: string): Optional<number> {
  return timestamp(description, (value) => {
    const ms = epochMs(value);
    return ms > value ? ms + MS_BEFORE_NEXT_SECOND : ms;
  });
}

const MS_BEFORE_NEXT_SECOND = 999;

function timestamp(description: string, toMs: (value: number) => number): Optional<number> {
  const { read, ...whole } = integer(description, { min: 0, max: Number.MAX_SAFE_INTEGER });
  return {
    ...whole,
    description: `${description}; in milliseconds since 1970, or in seconds below 10^11`,
    read: (value, name) => {
      const number = read(value, name);
      return number === undefined ? undefined : toMs(number);
    },
  };
}

const ITEM = '\\s*("\\d{1,16}"|\\d{1,16})\\s*';
const ITEMS = `${ITEM}(,${ITEM})*`;
const LIST_TEXT = { type: 'string', pattern: `^\\s*(\\[\\s*(${ITEMS})?\\]|${ITEMS})?\\s*$` };
const LIST_NUMBER = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

/** Of whole numbers: `[0,7]`, `[0, 7]`, `0,7`, `7`, a repeated key, a JSON array. An empty one is absent. */
export function list(description: string, maxItems = Number.MAX_SAFE_INTEGER): Optional<number[]> {
  return optional({
    description: `${description}: [0,7], 0,7, a repeated key or a JSON array`,
    shapes: [
      LIST_NUMBER,
      LIST_TEXT,
      { type: 'array', items: { anyOf: [LIST_NUMBER, LIST_TEXT, { enum: LEFT_OUT }] } },
    ],
    read: (value, name) => {
      const values: unknown[] = Array.isArray(value) ? value : [value];
      const given = values.filter((part) => part !== undefined && !LEFT_OUT.includes(part as string));
      const parts = given.map(unbracket).filter((part) => part !== '');
      const numbers = [...new Set(parts.flatMap(splitText).map(toWhole))];
      if (!numbers.every((number) => Number.isSafeInteger(number))) {
        throw invalidArgument(name, 'must be a list of whole numbers, such as [0,7]');
      }
      if (numbers.length > maxItems) throw invalidArgument(name, `must not be more than ${maxItems}`);
      return numbers.length > 0 ? numbers : undefined;
    },
  });
}

function unbracket(part: unknown): unknown {
  if (typeof part !== 'string') return part;
  const bare = part.trim();
  return bare.startsWith('[') && bare.endsWith(']') ? bare.slice(1, -1).trim() : bare;
}

/** Of `0, "7"`, `0` and `7`. */
function splitText(part: unknown): unknown[] {
  if (typeof part !== 'string') return [part];
  return part.split(',').map((item) => item.trim().replace(/^"(.*)"$/, '$1'));
}

/** As a list, of which none is 0. */
export function ids(description: string, maxItems: number): Optional<number[]> {
  const { read, ...others } = list(description, maxItems);
  return {
    ...others,
    read: (value, name) => {
      const numbers = read(value, name);
      if (numbers?.includes(0)) throw invalidArgument(name, 'must be ids: whole numbers from 1 on');
      return numbers;
    },
  };
}

/** What a query string says in words; there, `null` and `undefined` stand for nothing. */
export function word(description: string): Optional<string> {
  return optional({
    description,
    shapes: [{ type: 'string' }],
    read: (value, name) => {
      if (typeof value === 'string') return requireStorable(value, name);
      throw invalidArgument(name, 'must be given once');
    },
  });
}

/** One of these words, in capital letters or not. */
export function choice<const Word extends string>(
  description: string,
  words: readonly Word[],
  problem: string,
): Optional<Word> {
  const caseless = words.map((each) =>
    each.replaceAll(/./g, (letter) => `[${letter}${letter.toLowerCase()}]`),
  );
  return optional({
    description: `${description}: ${words.join(' or ')}`,
    shapes: [{ type: 'string', pattern: `^(${caseless.join('|')})$` }],
    read: (value, name) => {
      const found = words.find((each) => typeof value === 'string' && each === value.toUpperCase());
      if (found === undefined) throw refused(name, problem);
      return found;
    },
  });
}

/** What no database keeps as it is: NUL, half of a surrogate pair. */
const UNSTORABLE = /[\0\p{Cs}]/u;

/**
 * Free text, in which every word is a word. An empty text is a text. One with a bound is stored as it is; what has
 * none goes into the JSON of a message, which can say anything.
 */
export function text(description: string, maxBytes = Infinity): Optional<string> {
  return optional({
    description,
    shapes: [{ type: 'string', ...(maxBytes < Infinity && { maxLength: maxBytes }) }],
    absent: [null],
    read: (value, name) => {
      if (typeof value !== 'string') throw invalidArgument(name, 'must be a text');
      if (Buffer.byteLength(value) > maxBytes)
        throw invalidArgument(name, `must be at most ${maxBytes} bytes`);
      return maxBytes < Infinity ? requireStorable(value, name) : value;
    },
  });
}

function requireStorable(value: string, name: string): string {
  if (UNSTORABLE.test(value)) throw invalidArgument(name, 'must not contain NUL or half of a surrogate pair');
  return value;
}

/** Free text that has to say something. */
export function filledText(description: string, maxBytes = Infinity): Parameter<string> {
  const { read, shapes, ...others } = text(description, maxBytes);
  return required({
    ...others,
    shapes: [{ ...shapes[0], pattern: '\\S' }],
    read: (value, name) => {
      const given = read(value, name);
      return given?.trim() === '' ? undefined : given;
    },
  });
}

export function identifier(description: string): Optional<string> {
  return optional({
    description,
    shapes: [{ type: 'string', format: 'identifier' }],
    absent: [null],
    read: (value, name) => {
      if (typeof value === 'string' && isIdentifier(value)) return value;
      throw invalidArgument(name, IDENTIFIER_RULE);
    },
  });
}

/** An identifier that some clients make a number of; an empty text is none. */
export function looseIdentifier(description: string): Optional<string> {
  const { read, ...others } = identifier(description);
  return {
    ...others,
    shapes: [{ type: 'number' }, ...others.shapes],
    absent: ['', null],
    read: (value, name) => read(typeof value === 'number' ? String(value) : value, name),
  };
}

export function identifiers(description: string, maxItems: number): Optional<string[]> {
  const { read, shapes, ...others } = identifier(description);
  return {
    ...others,
    shapes: [{ type: 'array', maxItems, items: shapes[0] }],
    read: (value, name) => {
      if (!Array.isArray(value) || value.length > maxItems) {
        throw invalidArgument(name, `must be a list of at most ${maxItems}`);
      }
      return value.map((item, index) => read(item, `${name}[${index}]`) ?? '');
    },
  };
}
