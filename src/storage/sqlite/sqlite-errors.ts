import { AppError } from '../../domain/errors.js';

/** The disk is full or failing, or another process holds the database: to be tried again later. */
const TRANSIENT = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|NOMEM|READONLY)/;

/** A driver error in the words of the application; anything else as it is. */
export function translateError(error: unknown): unknown {
  if (error instanceof Error && 'code' in error && TRANSIENT.test(String(error.code))) {
    return new AppError('UNAVAILABLE', 'the database cannot serve this right now', { cause: error });
  }
  return error;
}
