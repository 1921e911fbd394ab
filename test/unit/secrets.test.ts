import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadSecrets, secretsPath } from '../../src/config/secrets.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const NONE = { jwtSecret: undefined, apiKey: undefined };
const SECRET = 'a secret of at least thirty-two characters';

test('CF-3: secrets are made once and kept in one file that only its owner can read', async () => {
  using folder = createTemporaryFolder();
  const db = join(folder.path, 'new', 'tidemark.db');
  const first = await loadSecrets({ db, ...NONE });
  expect(first.jwtSecret).toMatch(/^[\w-]{43}$/);
  expect(first.apiKey).toMatch(/^[\w-]{43}$/);
  expect(first.apiKey).not.toBe(first.jwtSecret);
  expect(JSON.parse(readFileSync(secretsPath(db), 'utf8'))).toEqual(first);
  expect(statSync(secretsPath(db)).mode & 0o777).toBe(0o600);
  expect(await loadSecrets({ db, ...NONE })).toEqual(first);
});

test('CF-3: whoever starts at the same time ends with the same secrets, and leaves one file', async () => {
  using folder = createTemporaryFolder();
  const db = join(folder.path, 'tidemark.db');
  const all = await Promise.all(Array.from({ length: 20 }, () => loadSecrets({ db, ...NONE })));
  expect(new Set(all.map((secrets) => JSON.stringify(secrets))).size).toBe(1);
  expect(readdirSync(folder.path)).toEqual(['tidemark.db.secrets.json']);
});

test('CF-3: configured secrets come first; with both, no file is made', async () => {
  using folder = createTemporaryFolder();
  const db = join(folder.path, 'tidemark.db');
  const configured = { jwtSecret: SECRET, apiKey: 'sixteen letters.' };
  expect(await loadSecrets({ db, ...configured })).toEqual(configured);
  expect(readdirSync(folder.path)).toEqual([]);
  const mixed = await loadSecrets({ db, jwtSecret: SECRET, apiKey: undefined });
  expect(mixed.jwtSecret).toBe(SECRET);
  expect(mixed.apiKey).toBe((await loadSecrets({ db, ...NONE })).apiKey);
  expect(readFileSync(secretsPath(db), 'utf8')).not.toContain(SECRET);
});

test.each(['644', '640', '604', '620'])(
  'CF-3: a file of mode %s is refused, with what to do',
  async (mode) => {
    using folder = createTemporaryFolder();
    const db = join(folder.path, 'tidemark.db');
    await loadSecrets({ db, ...NONE });
    chmodSync(secretsPath(db), Number.parseInt(mode, 8));
    await expect(loadSecrets({ db, ...NONE })).rejects.toThrow(`run chmod 600 ${secretsPath(db)}`);
  },
);

test.each([
  '',
  '{}',
  'null',
  '[1]',
  '{"jwtSecret":"x"',
  '{"jwtSecret":"","apiKey":""}',
  '{"jwtSecret":1,"apiKey":2}',
])('CF-3: a file with %j in it is refused, with what to do', async (text) => {
  using folder = createTemporaryFolder();
  const db = join(folder.path, 'tidemark.db');
  writeFileSync(secretsPath(db), text, { mode: 0o600 });
  await expect(loadSecrets({ db, ...NONE })).rejects.toThrow(/restore it, or delete it/);
  expect(readFileSync(secretsPath(db), 'utf8')).toBe(text);
});

test('CF-3: where nothing is kept, the secrets are new at each start', async () => {
  const first = await loadSecrets({ db: 'memory:', ...NONE });
  expect(await loadSecrets({ db: 'memory:', ...NONE })).not.toEqual(first);
});

test('OP-8: a place where the secrets cannot be kept is named, with the other way', async () => {
  using folder = createTemporaryFolder();
  writeFileSync(join(folder.path, 'file'), '');
  const db = join(folder.path, 'file', 'tidemark.db');
  await expect(loadSecrets({ db, ...NONE })).rejects.toThrow(/TIDEMARK_JWT_SECRET and TIDEMARK_API_KEY/);
});
