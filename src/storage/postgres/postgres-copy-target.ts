import { setTimeout } from 'node:timers/promises';
import { StartupError } from '../../domain/startup-error.js';
import { withoutPassword } from '../../ports/database-name.js';
import { listNames, quote } from '../sql/table-queries.js';
import {
  type Column,
  type CopyTarget,
  keyOf,
  type Layout,
  type Row,
  TABLES,
  type UnfinishedCopy,
  type Value,
} from '../tables.js';
import { UNFINISHED_COPY } from '../unfinished-copy.js';
import { LISTENER_NAME } from './change-listener.js';
import { PostgresTables, toParameter } from './postgres-tables.js';

/** Any number will do that no other program on the database takes. */
const COPY_LOCK = 7_430_173_252;

/** A copy or a server that was killed may still have a session for a moment. */
const PATIENCE_MS = 5000;
const LOOK_EVERY_MS = 100;

const ARRAYS: Readonly<Record<Column['kind'], string>> = {
  integer: 'bigint[]',
  text: 'text[]',
  bytes: 'bytea[]',
};

/** A PostgreSQL database that a copy has for itself. */
export class PostgresCopyTarget extends PostgresTables implements CopyTarget {
  /** @throws StartupError when a server or another copy uses it */
  static async take(url: string): Promise<PostgresCopyTarget> {
    const target = new PostgresCopyTarget(url);
    try {
      await target.connect();
      await target.#requireUnused();
      // What a crash of PostgreSQL may take with it are the last transactions, and the copy goes on from there.
      await target.run('SET synchronous_commit = off');
      return target;
    } catch (error) {
      await target[Symbol.asyncDispose]();
      throw error;
    }
  }

  async findUnfinished(): Promise<UnfinishedCopy | undefined> {
    if (!(await this.hasUnfinishedCopy())) return undefined;
    const rows = await this.query(`SELECT source, fingerprint FROM ${UNFINISHED_COPY}`);
    const [source, fingerprint] = (rows[0] ?? []) as [string, string];
    return { source, fingerprint };
  }

  async begin({ source, fingerprint }: UnfinishedCopy): Promise<void> {
    const wasUnfinished = await this.hasUnfinishedCopy();
    await this.#mark(source);
    // One that has started meanwhile looks for the mark once it listens: it has seen it, or is seen here.
    if (!(await this.#isUnused())) {
      if (!wasUnfinished) await this.run(`DROP TABLE ${UNFINISHED_COPY}`);
      throw this.#inUseError();
    }
    await this.run(`BEGIN; TRUNCATE ${listNames(TABLES.map(({ name }) => name))}`);
    await this.query(`UPDATE ${UNFINISHED_COPY} SET fingerprint = ?`, [fingerprint]);
    await this.run('COMMIT');
  }

  async writeRows(layout: Layout, rows: readonly Row[]): Promise<void> {
    const { name, columns } = layout;
    for (const row of rows) requireNoNul(layout, row);
    const arrays = columns.map(({ kind }) => `?::${ARRAYS[kind]}`).join(', ');
    const names = listNames(columns.map((column) => column.name));
    const values = columns.map((_column, index) => rows.map((row) => toParameter(row[index] ?? null)));
    await this.query(`INSERT INTO ${quote(name)} (${names}) SELECT * FROM unnest(${arrays})`, values);
  }

  markWrong(): Promise<void> {
    return this.run(`UPDATE ${UNFINISHED_COPY} SET fingerprint = ''`);
  }

  async finish(): Promise<void> {
    // Whoever opens the store must not wait for the server to find out by itself how much is in it.
    await this.run(`ANALYZE ${listNames(TABLES.map(({ name }) => name))}`);
    await this.run(`RESET synchronous_commit; DROP TABLE ${UNFINISHED_COPY}`);
  }

  /** As one that turned out to differ, which the next run begins anew. */
  async #mark(source: string): Promise<void> {
    await this.run(`BEGIN; DROP TABLE IF EXISTS ${UNFINISHED_COPY};
      CREATE TABLE ${UNFINISHED_COPY} (source TEXT NOT NULL, fingerprint TEXT NOT NULL)`);
    await this.query(`INSERT INTO ${UNFINISHED_COPY} VALUES (?, '')`, [source]);
    await this.run('COMMIT');
  }

  async #requireUnused(): Promise<void> {
    const giveUpAtMs = performance.now() + PATIENCE_MS;
    while (!(await this.#isUnused())) {
      if (performance.now() > giveUpAtMs) throw this.#inUseError();
      await setTimeout(LOOK_EVERY_MS);
    }
  }

  #inUseError(): StartupError {
    const name = withoutPassword(this.url);
    return new StartupError(`${name} is in use by a server or another copy: stop it, or name another --to`);
  }

  async #isUnused(): Promise<boolean> {
    const [row] = await this.query(
      `SELECT pg_try_advisory_lock(?) AND NOT EXISTS (
        SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = ?)`,
      [COPY_LOCK, LISTENER_NAME],
    );
    return (row?.[0] as unknown) === true;
  }
}

/** @throws StartupError for a text that PostgreSQL does not hold */
function requireNoNul(layout: Layout, row: Row): void {
  const index = row.findIndex((value) => typeof value === 'string' && value.includes('\0'));
  if (index === -1) return;
  const key = keyOf(layout, row).map((value: Value) => JSON.stringify(toParameter(value)));
  throw new StartupError(
    `${layout.columns[index]?.name} in ${layout.name} has a NUL, which PostgreSQL does not hold: ` +
      `change the row whose key (${layout.key.join(', ')}) is ${key.join(', ')}, and run the command again`,
  );
}
