import { DatabaseError } from 'pg';
import { AppError } from '../../domain/errors.js';

/**
 * Codes that pass by themselves: the connection is lost (08), the server has no room (53), it is going down or coming up
 * (57P01 to 57P03), it has ended a statement that took too long (57014), a lock, a transaction or a session did, by its
 * own settings or by ours (55P03, 25P03, 25P04, 57P05).
 */
const TRANSIENT = /^(08...|53...|57P0[1-35]|57014|55P03|25P0[34])$/;

/** Of these, the ones after which a connection is of no use. */
const LOST = /^(08...|57P0[1-35]|25P0[34])$/;

/** What PostgreSQL cannot hold: NUL in a text (22021), numbers beyond 64 bits (22003). */
const UNSTORABLE = /^(22021|22P05|22003)$/;

/** Two transactions that stand in each other's way: one is to be done again. */
const CONFLICT = /^(40001|40P01)$/;

/** What the server says of itself; undefined for what the driver says. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

export function isConflict(error: unknown): boolean {
  return CONFLICT.test(sqlStateOf(error) ?? '');
}

/** Whether the connection is of no use any more, as far as this error tells. */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined ? isDriverError(error) : LOST.test(state);
}

/** Whether the same may succeed at another time. */
export function isTransient(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined ? isDriverError(error) : TRANSIENT.test(state) || CONFLICT.test(state);
}

/** Whether a parameter is at fault, and any other server would say the same. */
export function isUnstorable(error: unknown): boolean {
  return UNSTORABLE.test(sqlStateOf(error) ?? '');
}

/** A driver error in the words of the application; anything else as it is. */
export function translateError(error: unknown): unknown {
  if (isTransient(error)) {
    return new AppError('UNAVAILABLE', 'the database cannot serve this right now', { cause: error });
  }
  if (isUnstorable(error)) {
    return new AppError('INVALID_ARGUMENT', 'a text or number cannot be stored', { cause: error });
  }
  return error;
}

/** The driver, and the sockets below it, have codes of their own or none. */
function isDriverError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof AppError || sqlStateOf(error) !== undefined) return false;
  if ('code' in error) return /^(E[A-Z]+|ERR_[A-Z_]+)$/.test(String(error.code));
  return /^(Connection terminated|Client (has|was)|Query read timeout|timeout e|Cannot use a pool)/.test(
    error.message,
  );
}
