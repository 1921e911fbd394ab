import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Faults, FaultsDeps } from './faults.js';
import { ServerProcess } from './server-process.js';
import { createSqliteFaults } from './sqlite-faults.js';
import type { StoredRow } from './store-dump.js';
import type { Target } from './target.js';

interface SqliteTargetOptions {
  /** A file; one in a temporary folder if undefined. */
  readonly db: string | undefined;
  readonly workers: number;
}

/** One server on a database file. */
export class SqliteTarget implements Target {
  readonly kind = 'one server';
  readonly #server: ServerProcess;
  readonly #dbPath: string;
  readonly #folder: string | undefined;

  private constructor(server: ServerProcess, dbPath: string, folder: string | undefined) {
    this.#server = server;
    this.#dbPath = dbPath;
    this.#folder = folder;
  }

  static async start({ db, workers }: SqliteTargetOptions): Promise<SqliteTarget> {
    const folder = db === undefined ? mkdtempSync(join(tmpdir(), 'tidemark-check-')) : undefined;
    const dbPath = db ?? join(folder ?? '.', 'tidemark.db');
    const server = await ServerProcess.start({ db: dbPath, workers, clockPath: `${dbPath}-clock` });
    return new SqliteTarget(server, dbPath, folder);
  }

  lastDisturbedMs(): number {
    return this.#server.lastDisturbedMs;
  }

  async route(): Promise<string> {
    await this.#server.ready;
    return this.#server.baseUrl;
  }

  createApiKey(): Promise<string> {
    return this.#server.createApiKey();
  }

  createFaults(deps: FaultsDeps): Faults {
    return createSqliteFaults({ ...deps, server: this.#server, dbPath: this.#dbPath });
  }

  async readLog(clientMsgNo: string): Promise<readonly StoredRow[]> {
    const database = new Database(this.#dbPath, { readonly: true });
    try {
      return database
        .prepare<[string], StoredRow>(
          `SELECT seq, client_msg_no AS no, payload FROM messages
           WHERE community_id = 1 AND channel_id =
             (SELECT channel_id FROM messages WHERE community_id = 1 AND client_msg_no = ?)
           ORDER BY seq`,
        )
        .all(clientMsgNo);
    } finally {
      database.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server[Symbol.dispose]();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}
