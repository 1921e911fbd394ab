import { listHoles, listNames, quote } from '../sql/table-queries.js';
import { type CopyTarget, type Layout, type Row, TABLES, type UnfinishedCopy } from '../tables.js';
import { UNFINISHED_COPY } from '../unfinished-copy.js';
import { hasUnfinishedCopy } from './has-unfinished-copy.js';
import type { SqliteDatabase } from './open-database.js';
import { SqliteTables } from './sqlite-tables.js';

/** A database file that a copy has for itself. */
export class SqliteCopyTarget extends SqliteTables implements CopyTarget {
  /** @throws StartupError when another process has it open */
  static async take(database: SqliteDatabase, path: string): Promise<SqliteCopyTarget> {
    const target = new SqliteCopyTarget(database, path);
    try {
      await target.attempt(() => lock(database));
      return target;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  findUnfinished(): Promise<UnfinishedCopy | undefined> {
    return this.attempt(() => {
      if (!hasUnfinishedCopy(this.database)) return undefined;
      const query = `SELECT source, fingerprint FROM ${UNFINISHED_COPY}`;
      return this.database.prepare<[], UnfinishedCopy>(query).get();
    });
  }

  begin({ source, fingerprint }: UnfinishedCopy): Promise<void> {
    const write = this.database.transaction(() => {
      this.database.exec(`DROP TABLE IF EXISTS ${UNFINISHED_COPY}`);
      this.database.exec(
        `CREATE TABLE ${UNFINISHED_COPY} (source TEXT NOT NULL, fingerprint TEXT NOT NULL) STRICT`,
      );
      this.database.prepare(`INSERT INTO ${UNFINISHED_COPY} VALUES (?, ?)`).run(source, fingerprint);
      for (const { name } of TABLES.toReversed()) this.database.exec(`DELETE FROM ${quote(name)}`);
    });
    return this.attempt(() => write.immediate());
  }

  writeRows({ name, columns }: Layout, rows: readonly Row[]): Promise<void> {
    const names = columns.map((column) => column.name);
    const text = `INSERT INTO ${quote(name)} (${listNames(names)}) VALUES (${listHoles(names)})`;
    const write = this.database.transaction(() => {
      const insert = this.database.prepare(text);
      for (const row of rows) insert.run(...row);
    });
    return this.attempt(() => write.immediate());
  }

  markWrong(): Promise<void> {
    return this.attempt(() => void this.database.exec(`UPDATE ${UNFINISHED_COPY} SET fingerprint = ''`));
  }

  finish(): Promise<void> {
    return this.attempt(() => {
      this.database.pragma('synchronous = FULL');
      this.database.exec(`DROP TABLE ${UNFINISHED_COPY}`);
    });
  }
}

function lock(database: SqliteDatabase): void {
  database.pragma('locking_mode = EXCLUSIVE');
  // What a crash of the machine may take with it are the last transactions, and the copy goes on from there.
  database.pragma('synchronous = NORMAL');
  // Writing is what takes the lock.
  database.transaction(() => undefined).immediate();
}
