import { AppError, invalidArgument } from '../../domain/errors.js';
import { epochMs } from '../../domain/time-range.js';

/**
 * Reads parameters as the shipped SDKs write them, from a query string or a JSON body alike: numbers as
 * numbers or as digits, lists in any of five spellings, and what a client left out as an empty text, `null`
 * or `undefined`. Anything else is refused by name, since a filter that is passed over answers with
 * something that nobody asked for.
 */
export type Params = Readonly<Record<string, unknown>>;

const DIGITS = /^\d{1,16}$/;

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Whether a parameter that is not free text was left out. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === 'null' || value === 'undefined';
}

/** A whole number that is not negative; NaN if it is none. */
function toWhole(value: unknown): number {
  if (typeof value === 'string') return DIGITS.test(value) ? Number(value) : Number.NaN;
  return typeof value === 'number' && Number.isInteger(value) ? value : Number.NaN;
}

export function findInteger(params: Params, name: string, { min, max }: Bounds): number | undefined {
  const value = params[name];
  if (isAbsent(value)) return undefined;
  const number = toWhole(value);
  if (number >= min && number <= max) return number;
  throw invalidArgument(name, `must be a whole number from ${min} to ${max}`);
}

/** @param problem what to answer instead of a text that names the parameter */
export function findId(params: Params, name: string, problem?: string): number | undefined {
  const value = params[name];
  if (isAbsent(value)) return undefined;
  const id = toWhole(value);
  if (id >= 1 && id <= Number.MAX_SAFE_INTEGER) return id;
  throw refused(name, problem ?? `${name} must be an id: a whole number from 1 on`);
}

export function getId(params: Params, name: string, problem?: string): number {
  const id = findId(params, name, problem);
  if (id === undefined) throw refused(name, problem ?? `${name} is required`);
  return id;
}

export function findFlag(params: Params, name: string): boolean | undefined {
  const value = params[name];
  if (isAbsent(value)) return undefined;
  const text = String(value).toLowerCase();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw invalidArgument(name, 'must be true or false');
}

/** A moment in milliseconds; clients send seconds or milliseconds. */
export function findTimestampMs(params: Params, name: string): number | undefined {
  const value = findInteger(params, name, { min: 0, max: Number.MAX_SAFE_INTEGER });
  return value === undefined ? undefined : epochMs(value);
}

/** Of whole numbers: `[0,7]`, `[0, 7]`, `0,7`, `7`, a repeated key, a JSON array. An empty one is absent. */
export function findList(params: Params, name: string): number[] | undefined {
  const value: unknown = params[name];
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const given = values.filter((part) => !isAbsent(part)).map(unbracket);
  const parts = given.filter((part) => part !== '').flatMap(splitText);
  const numbers = parts.map(toWhole);
  if (!numbers.every((number) => Number.isSafeInteger(number))) {
    throw invalidArgument(name, 'must be a list of whole numbers, such as [0,7]');
  }
  return numbers.length > 0 ? [...new Set(numbers)] : undefined;
}

function unbracket(part: unknown): unknown {
  if (typeof part !== 'string') return part;
  const text = part.trim();
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1).trim() : text;
}

/** Of `0, "7"`, `0` and `7`. */
function splitText(part: unknown): unknown[] {
  if (typeof part !== 'string') return [part];
  return part.split(',').map((text) => text.trim().replace(/^"(.*)"$/, '$1'));
}

/** Ids in a JSON array, or in any of the forms of `findList`. */
export function getIds(params: Params, name: string, max: number): number[] {
  const ids = findList(params, name);
  if (ids === undefined) throw invalidArgument(name, 'is required');
  if (ids.length > max) throw invalidArgument(name, `must not be more than ${max}`);
  if (ids.includes(0)) throw invalidArgument(name, 'must be ids: whole numbers from 1 on');
  return ids;
}

/** What a query string says in words; there, `null` and `undefined` stand for nothing. */
export function findWord(params: Params, name: string): string | undefined {
  const value = params[name];
  if (isAbsent(value)) return undefined;
  if (typeof value === 'string') return value;
  throw invalidArgument(name, 'must be given once');
}

/** Free text, in which every word is a word. An empty text is a text. */
export function findText(params: Params, name: string, maxBytes: number): string | undefined {
  const value = params[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalidArgument(name, 'must be a text');
  if (Buffer.byteLength(value) > maxBytes) throw invalidArgument(name, `must be at most ${maxBytes} bytes`);
  return value;
}

export function findObject(params: Params, name: string): Params | undefined {
  const value = params[name];
  if (isAbsent(value)) return undefined;
  if (isObject(value)) return value;
  throw invalidArgument(name, 'must be an object');
}

export function findObjects(params: Params, name: string, max: number): Params[] {
  const value = params[name];
  if (isAbsent(value)) return [];
  if (!Array.isArray(value) || value.length > max || !value.every(isObject)) {
    throw invalidArgument(name, `must be a list of at most ${max} objects`);
  }
  return value;
}

export function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Some clients write parameters into the query string, some into the body; what the body says counts. */
export function merge(query: Params, body: Params): Params {
  const given = Object.entries(body).filter(([, value]) => value !== undefined && value !== null);
  return { ...query, ...Object.fromEntries(given) };
}

export function refused(field: string, message: string): AppError {
  return new AppError('INVALID_ARGUMENT', message, { field });
}
