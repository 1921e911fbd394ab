import type { Layout, ReadRows, Table, Value } from '../tables.js';

export interface TableQuery {
  /** With a question mark for each value. */
  readonly text: string;
  readonly values: readonly (Value | number)[];
}

/** Finds the next rows by the primary key, which both engines keep in order. */
export function selectRows({ name, key, columns }: Layout, { after, limit }: ReadRows): TableQuery {
  const place = after === undefined ? '' : `WHERE (${listNames(key)}) > (${listHoles(key)})`;
  const names = listNames(columns.map((column) => column.name));
  return {
    text: `SELECT ${names} FROM ${quote(name)} ${place} ORDER BY ${listNames(key)} LIMIT ?`,
    values: [...(after ?? []), limit],
  };
}

export function selectLastKey({ name, key }: Table): string {
  const order = key.map((column) => `${quote(column)} DESC`).join(', ');
  return `SELECT ${listNames(key)} FROM ${quote(name)} ORDER BY ${order} LIMIT 1`;
}

export function listNames(names: readonly string[]): string {
  return names.map(quote).join(', ');
}

export function listHoles(names: readonly string[]): string {
  return names.map(() => '?').join(', ');
}

/** Some of the columns have names that mean something in SQL. */
export function quote(name: string): string {
  return `"${name}"`;
}
