import type { Json } from './kettle-client.js';
import {
  CHATROOM,
  CLIENT,
  CONVERSATION,
  META,
  METAS,
  PREVIEW,
  REQUIRED_METAS,
  ROOM_REFERENCES,
  ROW_REFERENCES,
  ROWS,
  USER_REFERENCE,
  type Endpoint,
  type Family,
  type Reference,
  type Table,
} from './kettle-client-tables.js';

/** What a shipped client of one family would crash on, or drop a row for. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

interface Page {
  readonly family: Family;
  readonly endpoint: Endpoint;
  readonly data: Json;
}

/**
 * Decodes a reply as strictly as the clients of one family do, together with what they do next: look things
 * up in the metas of the same page.
 *
 * @throws DecodeError naming the family and the place
 */
export function decodeReply(reply: unknown, { family, endpoint }: Pick<Page, 'family' | 'endpoint'>): void {
  const { success, data } = toObject(reply, `${family} reply`);
  if (success !== true) fail(family, 'success', success);
  const page = { family, endpoint, data: toObject(data, `${family} data`) };
  const rows = decodeRows(page);
  if (rows.length === 0) return;
  decodeMetas(page);
  const references = endpoint === 'chatroom' ? ROOM_REFERENCES : ROW_REFERENCES;
  rows.forEach((row, index) => {
    const place = `${ROWS[endpoint]}[${index}]`;
    lookUp(page, place, { row, references });
    if (endpoint === 'conversation') lookUpBelongings(page, place, row);
    else lookUpLastMessages(page, row);
  });
  if (endpoint === 'conversation') lookUpRooms(page, rows);
  lookUpListed(page);
}

function decodeRows({ family, endpoint, data }: Page): Json[] {
  const rows = data[ROWS[endpoint]];
  if (!Array.isArray(rows)) return fail(family, ROWS[endpoint], rows);
  return rows.map((row: unknown, index) => {
    const place = `${ROWS[endpoint]}[${index}]`;
    return decodeObject(row, { family, place, table: endpoint === 'chatroom' ? CHATROOM : CONVERSATION });
  });
}

function decodeMetas({ family, endpoint, data }: Page): void {
  for (const [name, families] of Object.entries(REQUIRED_METAS[endpoint])) {
    if (!isObject(data[name]) && families.includes(family)) fail(family, name, data[name]);
  }
  for (const [name, { table, isList, hasTextKeys }] of Object.entries(METAS)) {
    const meta = data[name];
    if (meta === undefined || meta === null) continue;
    // A list is what some servers write for an empty object; nobody but JavaScript reads it.
    if (!isObject(meta)) {
      if (family === 'J') continue;
      return fail(family, name, meta);
    }
    for (const [key, value] of Object.entries(meta)) {
      const place = `${name}.${key}`;
      if (!hasTextKeys && family !== 'J' && !/^\d+$/.test(key)) fail(family, `the key ${place}`, key);
      if (isList && !Array.isArray(value)) fail(family, place, value);
      for (const item of isList ? (value as unknown[]) : [value])
        decodeObject(item, { family, place, table });
    }
  }
}

interface Decoding {
  readonly family: Family;
  readonly place: string;
  readonly table: Table;
}

const NESTED: Readonly<Record<string, Table>> = { meta: META, client: CLIENT, preview: PREVIEW };

function decodeObject(value: unknown, { family, place, table }: Decoding): Json {
  if (!isObject(value)) return fail(family, place, value);
  for (const [field, rule] of Object.entries(table)) {
    const [type = '', ...marks] = rule.split(' ');
    const found = value[field];
    const where = `${place}.${field}`;
    if (found === undefined || found === null) {
      if (marks.includes(`${family}!`)) fail(family, where, found);
      continue;
    }
    const own = marks.find((mark) => mark.startsWith(`${family}=`))?.slice(2) ?? type;
    const nested = NESTED[own];
    if (nested !== undefined) {
      if (family !== 'J' || isObject(found)) decodeObject(found, { family, place: where, table: nested });
    } else if (!isOfType(found, own, family)) fail(family, where, found);
  }
  return value;
}

function isOfType(value: unknown, type: string, family: Family): boolean {
  if (family === 'J') return true;
  const isLenient = family === 'A';
  const isInt =
    Number.isSafeInteger(value) || (isLenient && typeof value === 'string' && /^-?\d+$/.test(value));
  switch (type) {
    case 'int':
      return isInt;
    case 'ms':
      return isInt && Number(value) >= 1e11;
    case 's':
      return isInt && Number(value) >= 1e9 && Number(value) < 1e11;
    case 'intOrText':
      return isInt || typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'text':
      return typeof value === 'string' || (isLenient && ['number', 'boolean'].includes(typeof value));
    case 'clock':
      return typeof value === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(value);
    case 'bool':
      return typeof value === 'boolean';
    case 'object':
      return isObject(value);
    case 'ints':
      return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item));
    case 'texts':
      return isTexts(value);
    case 'roles':
      // One family knows two roles and loses the reply over any other; the others want texts.
      return (
        isTexts(value) && (family !== 'I' || value.every((role) => ['member', 'chatbot'].includes(role)))
      );
    default:
      throw new Error(`the tables have no type ${type}`);
  }
}

interface LookUp {
  readonly row: Json;
  readonly references: readonly Reference[];
}

function lookUp({ family, data }: Page, place: string, { row, references }: LookUp): void {
  for (const { field, meta, families } of references) {
    const id = row[field];
    if (id === undefined || id === null || !families.includes(family)) continue;
    if (findIn(data, meta, id) === undefined) {
      throw new DecodeError(`${family}: ${place}.${field} is ${JSON.stringify(id)}, which is not in ${meta}`);
    }
  }
}

/** What a message brings along; without these, one family crashes and the others show a bubble without them. */
function lookUpBelongings(page: Page, place: string, row: Json): void {
  const { family, data } = page;
  const needs = [
    ['conv_attachments_meta', Number(row['attachment_count']) > 0 && row['attachments_uploaded'] === true],
    ['conv_polls_meta', row['state'] === 10],
    ['conv_reactions_meta', row['has_reactions'] === true],
  ] as const;
  for (const [meta, isNeeded] of needs) {
    const found = findIn(data, meta, row['id']);
    if (isNeeded && !(Array.isArray(found) && found.length > 0)) fail(family, `${place} in ${meta}`, found);
  }
  const widgetId = row['widget_id'];
  if (typeof widgetId === 'string' && widgetId !== '' && findIn(data, 'widgets', widgetId) === undefined) {
    fail(family, `${place}.widget_id in widgets`, widgetId);
  }
  const replied = findIn(data, 'conversation_meta', row['reply_id']);
  if (isObject(replied)) lookUp(page, `${place}.reply`, { row: replied, references: USER_REFERENCE });
}

/** The messages that the list of rooms shows are rows like others. */
function lookUpLastMessages(page: Page, room: Json): void {
  for (const field of ['last_conversation_id', 'topic_id']) {
    const row = findIn(page.data, 'conversation_meta', room[field]);
    if (!isObject(row)) continue;
    const place = `conversation_meta.${String(room[field])}`;
    lookUp(page, place, { row, references: USER_REFERENCE });
    lookUpBelongings(page, place, { ...row, has_reactions: false });
  }
}

function lookUpRooms(page: Page, rows: readonly Json[]): void {
  if (page.family !== 'A' && page.family !== 'I') return;
  rows.forEach((row, index) => {
    const room = findIn(page.data, 'chatroom_meta', row['card_id']);
    if (!isObject(room))
      return fail(page.family, `conversations_data[${index}].card_id in chatroom_meta`, room);
    const references = ROOM_REFERENCES.filter(({ field }) => field !== 'last_conversation_id');
    return lookUp(page, `chatroom_meta.${String(room['id'])}`, { row: room, references });
  });
}

/** Who reacted, and who added an option. */
function lookUpListed(page: Page): void {
  for (const name of ['conv_reactions_meta', 'chatroom_reactions_meta', 'conv_polls_meta']) {
    const lists = page.data[name];
    if (!isObject(lists)) continue;
    for (const [key, list] of Object.entries(lists)) {
      for (const row of list as Json[]) lookUp(page, `${name}.${key}`, { row, references: USER_REFERENCE });
    }
  }
}

function findIn(data: Json, meta: string, id: unknown): unknown {
  const entries = data[meta];
  return isObject(entries) ? entries[String(id)] : undefined;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toObject(value: unknown, place: string): Json {
  if (isObject(value)) return value;
  throw new DecodeError(`${place} is no object: ${String(value)}`);
}

function fail(family: Family, place: string, value: unknown): never {
  throw new DecodeError(`${family}: ${place} is ${JSON.stringify(value)}`);
}
