import { statSync } from 'node:fs';
import { StartupError } from '../domain/startup-error.js';

/** A StartupError that says what to do, or the error itself when it is none that an operator can mend. */
export function explainOpenFailure(error: unknown, db: string): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof StartupError) return new StartupError(`${db}: ${error.message}`, { cause: error });
  const advice = isAddonMissing(error) ? addonAdvice(error) : fileAdvice(codeOf(error), db);
  return advice === undefined ? error : new StartupError(advice, { cause: error });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isAddonMissing(error: Error): boolean {
  const code = codeOf(error);
  return (
    code === 'ERR_DLOPEN_FAILED' ||
    error.message.includes('Could not locate the bindings file') ||
    (code.endsWith('MODULE_NOT_FOUND') && /better[-_]sqlite3|'bindings'/.test(error.message))
  );
}

function addonAdvice(error: Error): string {
  const [reason = ''] = error.message.split('\n');
  return (
    'the native part of better-sqlite3 is missing or was made for another version of Node.js: ' +
    `run npm rebuild better-sqlite3 (it may have to compile, which needs python3, make and g++). ${reason}`
  );
}

function fileAdvice(code: string, db: string): string | undefined {
  const elsewhere = 'or choose another file with --db (TIDEMARK_DB)';
  if (isDirectory(db)) return `${db} is a directory: name a file in it with --db (TIDEMARK_DB)`;
  if (code === 'SQLITE_NOTADB') return `${db} is not a SQLite database: move it away, ${elsewhere}`;
  if (code.startsWith('SQLITE_CORRUPT')) {
    return `${db} is damaged: restore it from a backup, or save what can be read with sqlite3's .recover`;
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return `${db} is locked by another program: wait for it or stop it, ${elsewhere}`;
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC')
    return `the disk of ${db} is full: make room, ${elsewhere}`;
  if (/^(ENOTDIR|EEXIST|ENOENT|ENAMETOOLONG)$/.test(code)) {
    return `the directory of ${db} cannot be made (${code}): make it, ${elsewhere}`;
  }
  if (/^(SQLITE_(CANTOPEN|READONLY|PERM|IOERR).*|EACCES|EPERM|EROFS)$/.test(code)) {
    return `${db} cannot be written (${code}): let this user write the file and its directory, ${elsewhere}`;
  }
  return undefined;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
