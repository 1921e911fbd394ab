/** What can go wrong, as a name. Each dialect maps these to its own statuses and texts. */
export type ErrorCode =
  | 'INVALID_ARGUMENT'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'PAYLOAD_TOO_LARGE'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAVAILABLE'
  | 'INTERNAL';

interface AppErrorOptions {
  /** The name of the request field at fault, in the words of the dialect, e.g. `last_msg_seqs[2]`. */
  readonly field?: string;
  readonly cause?: unknown;
  /** When to try again, if it is known. */
  readonly retryAfterSeconds?: number;
}

/** An error whose message may be shown to the caller, unless its code is INTERNAL. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.field = options.field;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

export function invalidArgument(field: string, problem: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} ${problem}`, { field });
}
