import { randomUUID } from 'node:crypto';
import { queryOnce } from './query-once.js';

export interface DatabaseOptions {
  /** URL of a database to copy, to which nobody is connected. */
  readonly template?: string;
}

/** A new database on the server of `serverUrl`, which names any database there. Returns its URL. */
export async function createDatabase(serverUrl: string, { template }: DatabaseOptions = {}): Promise<string> {
  const name = `tidemark_${randomUUID().replaceAll('-', '')}`;
  const from = template === undefined ? '' : ` TEMPLATE ${quote(databaseOf(template))}`;
  await queryOnce(serverUrl, `CREATE DATABASE ${name}${from}`);
  return withDatabase(serverUrl, name);
}

/** Ends the sessions of those who are still connected to it. */
export async function dropDatabase(url: string): Promise<void> {
  await queryOnce(
    withDatabase(url, 'postgres'),
    `DROP DATABASE IF EXISTS ${quote(databaseOf(url))} WITH (FORCE)`,
  );
}

/** No URL class: it does not know those without a host, which is what a socket has. */
const DATABASE = /^(postgres(?:ql)?:\/\/[^/?]*\/)([^?]+)/;

function databaseOf(url: string): string {
  const [, , name] = DATABASE.exec(url) ?? [];
  if (name === undefined) throw new Error('the URL names no database');
  return decodeURIComponent(name);
}

function withDatabase(url: string, name: string): string {
  return url.replace(DATABASE, `$1${name}`);
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
