import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StartupError } from '../../src/domain/startup-error.js';
import { explainOpenFailure } from '../../src/storage/explain-open-failure.js';
import { migrateStore, openStore } from '../../src/storage/open-store.js';
import { openDatabase } from '../../src/storage/sqlite/open-database.js';
import { LocalChangeBus, systemClock } from '../../src/system.js';
import { createDatabase, damageMessages } from '../support/damaged-database.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

function failed(code: string, message = 'no'): Error {
  return Object.assign(new Error(message), { code });
}

test('OP-8: a file that is not a database is left as it is, and named', async () => {
  using folder = createTemporaryFolder();
  const db = join(folder.path, 'notes.txt');
  const text = 'not a database, and longer than the header of one: '.repeat(100);
  writeFileSync(db, text);
  const opening = openStore({ db, clock: systemClock, changes: new LocalChangeBus() });
  await expect(opening).rejects.toThrow(StartupError);
  await expect(opening).rejects.toThrow(`${db} is not a SQLite database: move it away`);
  expect(readFileSync(db, 'utf8')).toBe(text);
});

test('OP-8: a directory in place of the file is named', async () => {
  using folder = createTemporaryFolder();
  const opening = openStore({ db: folder.path, clock: systemClock, changes: new LocalChangeBus() });
  await expect(opening).rejects.toThrow(`${folder.path} is a directory: name a file in it`);
});

test('OP-8: a directory that cannot be made is named', async () => {
  using folder = createTemporaryFolder();
  writeFileSync(join(folder.path, 'file'), '');
  const db = join(folder.path, 'file', 'tidemark.db');
  await expect(openStore({ db, clock: systemClock, changes: new LocalChangeBus() })).rejects.toThrow(
    `the directory of ${db} cannot be made`,
  );
});

test('OP-8: a database of a newer version is refused by name', async () => {
  using folder = createTemporaryFolder();
  const db = join(folder.path, 'tidemark.db');
  await migrateStore(db);
  const database = openDatabase(db);
  database.exec("INSERT INTO migrations VALUES (9999, '9999_later', '', 0)");
  database.close();
  const opening = openStore({ db, clock: systemClock, changes: new LocalChangeBus() });
  await expect(opening).rejects.toThrow(StartupError);
  await expect(opening).rejects.toThrow(/^\/.*tidemark\.db: .*9999_later/);
});

test('OP-8: a damaged database is named, with the ways out', async () => {
  using folder = createTemporaryFolder();
  const db = join(folder.path, 'tidemark.db');
  await migrateStore(db);
  const bytes = readFileSync(db);
  writeFileSync(db, Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(bytes.length - 100, 0xa5)]));
  await expect(openStore({ db, clock: systemClock, changes: new LocalChangeBus() })).rejects.toThrow(
    `${db} is damaged: restore it`,
  );
});

/** How a file may be damaged, by what is done to its bytes. */
const DAMAGES: [string, RegExp, (bytes: Buffer) => Buffer][] = [
  ['cut off in the middle', /is damaged/, (bytes) => bytes.subarray(0, bytes.length / 2)],
  ['without its last page', /is damaged/, (bytes) => bytes.subarray(0, -4096)],
  ['cut off within its header', /is damaged/, (bytes) => bytes.subarray(0, 50)],
  ['with garbage for its header', /is not a SQLite database/, (bytes) => bytes.fill(0xa5, 0, 100)],
  ['with garbage for its schema', /is damaged/, (bytes) => bytes.fill(0xa5, 100, 4096)],
  ['with garbage in the middle', /is damaged/, (bytes) => bytes.fill(0xa5, 40 * 4096, 41 * 4096)],
  ['of which half is zeroes', /is damaged/, (bytes) => bytes.fill(0, bytes.length / 2)],
];

test.each(DAMAGES)('HD-11, OP-8: a database %s does not start', async (_how, message, damage) => {
  using file = await createDatabase();
  writeFileSync(file.path, damage(readFileSync(file.path)));
  const opening = openStore({ db: file.path, clock: systemClock, changes: new LocalChangeBus() });
  await expect(opening).rejects.toThrow(StartupError);
  await expect(opening).rejects.toThrow(message);
});

test('HD-11: a database of which only messages are damaged does not start either', async () => {
  using file = await createDatabase();
  damageMessages(file.path);
  await expect(
    openStore({ db: file.path, clock: systemClock, changes: new LocalChangeBus() }),
  ).rejects.toThrow(/is damaged: restore it/);
});

test('HD-11: an attempt that failed does not hold on to the file; an empty one is a new database', async () => {
  using file = await createDatabase();
  writeFileSync(file.path, readFileSync(file.path).subarray(0, 50));
  await expect(
    openStore({ db: file.path, clock: systemClock, changes: new LocalChangeBus() }),
  ).rejects.toThrow(StartupError);
  writeFileSync(file.path, '');
  expect(await migrateStore(file.path)).not.toEqual([]);
});

test.each([
  failed('', 'Could not locate the bindings file. Tried:\n → /x/better_sqlite3.node'),
  failed('ERR_DLOPEN_FAILED', 'was compiled against a different Node.js version'),
  failed('ERR_MODULE_NOT_FOUND', "Cannot find package 'better-sqlite3' imported from /x.js"),
  failed('MODULE_NOT_FOUND', "Cannot find module 'bindings'"),
])('OP-8: what is missing of the native addon, and how to mend it (%s)', (error) => {
  const explained = explainOpenFailure(error, '/srv/x.db');
  expect(explained).toBeInstanceOf(StartupError);
  expect(String(explained)).toMatch(/npm rebuild better-sqlite3 .*python3, make and g\+\+/);
  expect(String(explained)).not.toContain('\n');
});

test.each([
  ['EACCES', /cannot be written \(EACCES\): let this user write/],
  ['EROFS', /cannot be written/],
  ['SQLITE_CANTOPEN', /cannot be written/],
  ['SQLITE_READONLY_DIRECTORY', /cannot be written/],
  ['SQLITE_CORRUPT_INDEX', /is damaged/],
  ['SQLITE_BUSY', /locked by another program/],
  ['SQLITE_FULL', /is full: make room/],
  ['ENOSPC', /is full: make room/],
])('OP-8: %s says what to do', (code, message) => {
  const explained = explainOpenFailure(failed(code), '/srv/x.db');
  expect(explained).toBeInstanceOf(StartupError);
  expect(String(explained)).toMatch(message);
});

test('OP-8: a defect stays what it is', () => {
  const defect = new TypeError('undefined is not a function');
  expect(explainOpenFailure(defect, '/srv/x.db')).toBe(defect);
  expect(explainOpenFailure('text', '/srv/x.db')).toBe('text');
});

test('OP-8: a folder for the database is made where there is none', async () => {
  using folder = createTemporaryFolder();
  const db = join(folder.path, 'a', 'b', 'tidemark.db');
  expect(await migrateStore(db)).not.toEqual([]);
  expect(existsSync(db)).toBe(true);
});
