import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { findPackageRoot } from '../package-root.js';
import { fillDatabase } from './fill-database.js';
import type { Shape } from './shapes.js';

export interface DatasetFolder {
  readonly path: string;
  /** Whether data sets stay that another schema or another version of the bench has made. */
  readonly keepsOthers: boolean;
  readonly say: (line: string) => void;
}

export interface Dataset {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Undefined when it was there already. */
  readonly builtInSeconds: number | undefined;
}

/** The path of a database of this shape; built when the folder does not have it, which takes minutes for a big one. */
export function provideDataset(shape: Shape, folder: DatasetFolder): Dataset {
  mkdirSync(folder.path, { recursive: true });
  const key = keyOf(shape);
  const path = join(folder.path, `${shape.name}-${key}.db`);
  if (!folder.keepsOthers) removeOthers(folder.path, shape.name, key);
  const builtInSeconds = existsSync(path) ? undefined : build(shape, path, folder.say);
  return { name: shape.name, path, bytes: statSync(path).size, builtInSeconds };
}

/** Makes the schema with the built program, as an operator would, and fills it. */
export function buildDatabase(shape: Shape, path: string): void {
  migrate(path);
  const database = new Database(path);
  try {
    fillDatabase(database, shape);
  } finally {
    database.close();
  }
}

/** Makes the schema, in a file or in the PostgreSQL database of a URL. */
export function migrate(db: string): void {
  execFileSync(process.execPath, [join(findPackageRoot(), 'dist/cli.js'), 'migrate', '--db', db]);
}

/** Built under another name, so that one that was broken off is never taken for a whole one. */
function build(shape: Shape, path: string, say: (line: string) => void): number {
  say(`building ${shape.name}…`);
  const startMs = performance.now();
  const draft = `${path}.draft`;
  for (const suffix of ['', '-wal', '-shm']) rmSync(draft + suffix, { force: true });
  buildDatabase(shape, draft);
  renameSync(draft, path);
  return Math.round((performance.now() - startMs) / 100) / 10;
}

/** Changes with the schema, with the shape, and with the code that builds it. */
function keyOf(shape: Shape): string {
  const hash = createHash('sha256').update(JSON.stringify(shape));
  const migrations = join(findPackageRoot(), 'migrations/sqlite');
  for (const name of readdirSync(migrations).toSorted()) hash.update(readFileSync(join(migrations, name)));
  const here = fileURLToPath(new URL('.', import.meta.url));
  for (const name of ['user-class', 'fill-database', 'insert-rows']) {
    const file = readdirSync(here).find((entry) => /\.[jt]s$/.test(entry) && entry.startsWith(`${name}.`));
    hash.update(readFileSync(join(here, file ?? '')));
  }
  return hash.digest('hex').slice(0, 12);
}

function removeOthers(folder: string, name: string, key: string): void {
  const others = readdirSync(folder).filter((file) => file.startsWith(`${name}-`) && !file.includes(key));
  for (const file of others) rmSync(join(folder, file), { recursive: true, force: true });
}
