import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StartupError } from '../domain/startup-error.js';

/** One file of `migrations/<engine>`. */
export interface Migration extends AppliedMigration {
  readonly sql: string;
}

/** What a database remembers of a migration. */
export interface AppliedMigration {
  /** 1, 2, 3… without holes. */
  readonly number: number;
  /** The file's name without its ending: `0001_conversations`. */
  readonly name: string;
  /** SHA-256 of the file's text, in hex. */
  readonly checksum: string;
}

/** Why the server must not run on a database. The message tells the operator what to do. */
export class MigrationError extends StartupError {
  override readonly name = 'MigrationError';
}

/** The dump of the schema, for people: it lies beside the migrations and is none. */
const SCHEMA_DUMP = 'schema.sql';

/** From src/storage as well as from dist/storage. */
const MIGRATIONS_FOLDER = new URL('../../migrations/', import.meta.url);

/**
 * The migrations that this program brings along, in their order.
 * @throws MigrationError when a file is misnamed, or when the numbers are not 1, 2, 3…
 */
export function readMigrations(engine: 'sqlite' | 'postgres'): Migration[] {
  return readMigrationsFrom(fileURLToPath(new URL(`${engine}/`, MIGRATIONS_FOLDER)));
}

/** As `readMigrations`, of any folder; `folder` ends with a slash. */
export function readMigrationsFrom(folder: string): Migration[] {
  const fileNames = readdirSync(folder).filter((name) => name.endsWith('.sql') && name !== SCHEMA_DUMP);
  return fileNames.toSorted().map((fileName, index) => {
    const [, name = '', digits = ''] = /^((\d{4})_[a-z0-9_-]+)\.sql$/.exec(fileName) ?? [];
    if (Number(digits) !== index + 1) {
      const expected = String(index + 1).padStart(4, '0');
      throw new MigrationError(`${folder}${fileName} should be named ${expected}_<what-it-does>.sql`);
    }
    const sql = readText(`${folder}${fileName}`);
    return { number: index + 1, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

/** A checkout may have turned line endings into \r\n, which changes nothing but would change the checksum. */
function readText(path: string): string {
  return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
}

/**
 * What is still to be applied, in its order. The order of `applied` does not matter.
 *
 * @throws MigrationError when the database is not a state that this program's migrations lead to: it is
 * newer, one of them was changed afterwards, or one was left out
 */
export function planMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
): Migration[] {
  const inOrder = applied.toSorted((one, other) => one.number - other.number);
  const newest = inOrder.at(-1);
  if (newest && newest.number > known.length) {
    throw new MigrationError(
      `the database has migration ${newest.name}, which this version of Tidemark does not know: ` +
        'start the version that made it, or a newer one',
    );
  }
  for (const [index, migration] of known.slice(0, inOrder.length).entries()) {
    requireUnchanged(migration, inOrder[index]);
  }
  return known.slice(inOrder.length);
}

function requireUnchanged(migration: Migration, applied: AppliedMigration | undefined): void {
  if (applied?.number !== migration.number) {
    throw new MigrationError(`the database lacks migration ${migration.name}, but has later ones`);
  }
  if (applied.name !== migration.name || applied.checksum !== migration.checksum) {
    throw new MigrationError(
      `migration ${migration.name} was changed after it was applied (as ${applied.name}): ` +
        'put the file back as it was, and make the change in a new one',
    );
  }
}

/** Why a database is not copied from. */
export function notMigratedError(): MigrationError {
  return new MigrationError("it lacks this version's schema: run tidemark migrate with it as --db");
}
