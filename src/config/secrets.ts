import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartupError } from '../domain/startup-error.js';
import { isPostgresUrl, MEMORY_DB } from '../ports/database-name.js';
import type { Config } from './settings.js';

export interface Secrets {
  readonly jwtSecret: string;
  readonly apiKey: string;
}

const READABLE_BY_OTHERS = 0o077;

/** Of servers on PostgreSQL, which is on no disk of theirs: those on other machines do not find it. */
const POSTGRES_SECRETS = './data/postgres.secrets.json';

/** Where the secrets that were not configured are kept. */
export function secretsPath(db: string): string {
  return isPostgresUrl(db) ? POSTGRES_SECRETS : `${db}.secrets.json`;
}

/**
 * The configured secrets; those that are not configured are made up once and kept beside the database file.
 *
 * @throws StartupError when the file cannot be used, or others can read it
 */
export async function loadSecrets({
  db,
  jwtSecret,
  apiKey,
}: Pick<Config, 'db' | 'jwtSecret' | 'apiKey'>): Promise<Secrets> {
  if (jwtSecret !== undefined && apiKey !== undefined) return { jwtSecret, apiKey };
  const made = db === MEMORY_DB ? newSecrets() : await keptSecrets(secretsPath(db));
  return { jwtSecret: jwtSecret ?? made.jwtSecret, apiKey: apiKey ?? made.apiKey };
}

async function keptSecrets(path: string): Promise<Secrets> {
  try {
    return (await readSecrets(path)) ?? (await createSecrets(path));
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `the secrets cannot be kept in ${path} (${reason}): make it readable and its directory writable for ` +
        'this user, or set TIDEMARK_JWT_SECRET and TIDEMARK_API_KEY',
      { cause: error },
    );
  }
}

async function readSecrets(path: string): Promise<Secrets | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { mode } = await file.stat();
    // Windows has no such bits; it reports everything as readable.
    if (process.platform !== 'win32' && (mode & READABLE_BY_OTHERS) !== 0) {
      throw new StartupError(`${path} holds secrets and other users can get at it: run chmod 600 ${path}`);
    }
    return parseSecrets(await file.readFile('utf8'), path);
  } finally {
    await file.close();
  }
}

/**
 * Writes a file of its own and gives it the final name with link(2), which fails when that name exists.
 * So of several processes one wins, and none can see a file that is only half written, as one could if
 * the final name itself were opened with O_EXCL.
 */
async function createSecrets(path: string): Promise<Secrets> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(newSecrets(), null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const secrets = await readSecrets(path);
  if (secrets === undefined)
    throw new StartupError(`${path} was removed while it was being made: start again`);
  return secrets;
}

function parseSecrets(text: string, path: string): Secrets {
  const { jwtSecret, apiKey } = parseObject(text);
  if (typeof jwtSecret !== 'string' || typeof apiKey !== 'string' || !jwtSecret || !apiKey) {
    throw new StartupError(
      `${path} does not hold the secrets that it should: restore it, or delete it to get new ones ` +
        '(tokens given out until now stop working)',
    );
  }
  return { jwtSecret, apiKey };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function newSecrets(): Secrets {
  return { jwtSecret: randomBytes(32).toString('base64url'), apiKey: randomBytes(32).toString('base64url') };
}
