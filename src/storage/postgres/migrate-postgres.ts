import { Client } from 'pg';
import { StartupError } from '../../domain/startup-error.js';
import {
  type AppliedMigration,
  type Migration,
  MigrationError,
  planMigrations,
  readMigrations,
} from '../migrations.js';
import { plainOptions } from './connection-options.js';

const CREATE_MIGRATIONS = `CREATE TABLE IF NOT EXISTS migrations (
  number        BIGINT PRIMARY KEY,
  name          TEXT   NOT NULL,
  checksum      TEXT   NOT NULL,
  applied_at_ms BIGINT NOT NULL
)`;

/** Any number will do that no other program on the database takes. */
const MIGRATION_LOCK = 7_430_173_251;

interface MigrateOptions {
  readonly migrations?: readonly Migration[];
  readonly nowMs?: number;
}

/**
 * Brings a database to this program's schema and returns the names of the migrations it applied.
 *
 * Any number of processes may do so at once: one at a time looks up what is still to do and does it. A migration
 * runs in one transaction with the row that records it, so it is there whole or not at all. An up-to-date database is
 * only read: no process that starts waits for another, and a user who may not change the schema can start one.
 *
 * @throws MigrationError when the schema is newer or other than this program's, or a migration fails; StartupError
 * when the database does not hold UTF-8
 */
export function migratePostgres(url: string, options: MigrateOptions = {}): Promise<string[]> {
  const { migrations = readMigrations('postgres'), nowMs = Date.now() } = options;
  return withClient(url, async (client) => {
    await requireUtf8(client);
    if ((await findPending(client, migrations)).length === 0) return [];
    // Let go when the connection ends.
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const names: string[] = [];
    for (const migration of await findPending(client, migrations)) {
      await apply(client, migration, nowMs);
      names.push(migration.name);
    }
    return names;
  });
}

/**
 * What `migratePostgres` would apply. Only reads.
 *
 * @throws MigrationError when the schema is newer or other than this program's
 */
export function listPending(url: string): Promise<Migration[]> {
  return withClient(url, (client) => findPending(client, readMigrations('postgres')));
}

async function withClient<Result>(url: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client(plainOptions(url));
  // What is under way fails; nobody is there to hear it a second time.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
}

async function requireUtf8(client: Client): Promise<void> {
  const { rows } = await client.query<{ encoding: string }>(
    "SELECT current_setting('server_encoding') AS encoding",
  );
  const encoding = rows[0]?.encoding;
  if (encoding === 'UTF8') return;
  throw new StartupError(
    `the database keeps texts as ${encoding}, which cannot hold them all: ` +
      "make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name it with --db (TIDEMARK_DB)",
  );
}

async function findPending(client: Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ exists: boolean }>(
    "SELECT to_regclass('migrations') IS NOT NULL AS exists",
  );
  if (!rows[0]?.exists) return planMigrations(migrations, []);
  const applied = await client.query<AppliedMigration>('SELECT number, name, checksum FROM migrations');
  return planMigrations(migrations, applied.rows);
}

async function apply(
  client: Client,
  { number, name, sql, checksum }: Migration,
  nowMs: number,
): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query(CREATE_MIGRATIONS);
    await client.query(
      'INSERT INTO migrations (number, name, checksum, applied_at_ms) VALUES ($1, $2, $3, $4)',
      [number, name, checksum, nowMs],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(`migration ${name} failed and was undone: ${reason}`, { cause });
  }
}
