import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type ErrorCode } from '../../domain/errors.js';
import { announceRetry, isTemporary } from '../plugins/retry-after.js';

/** The SDKs know 400, 401, 403 and 404; some of them take any other of the 4xx for no answer at all. */
export const STATUS = {
  INVALID_ARGUMENT: 400,
  CONFLICT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  PAYLOAD_TOO_LARGE: 413,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} satisfies Record<ErrorCode, number>;

/** What the store names by the other dialect's words. */
const OWN_WORDS: Readonly<Record<string, string>> = { client_msg_no: 'temporary_id' };

/** Answers `{"success": false, "error_message": "…"}`; the SDKs show that text or log it. */
export function handleError(
  error: FastifyError | AppError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { code, message, field = '' } = toAppError(error);
  if (code === 'INTERNAL') request.log.error({ err: error }, 'request failed');
  if (isTemporary(code)) announceRetry(error, request, reply);
  const text = message.replace(field, OWN_WORDS[field] ?? field);
  sendError(reply, code, code === 'INTERNAL' ? 'internal error' : text);
}

export function sendError(reply: FastifyReply, code: ErrorCode, message: string): void {
  void reply.code(STATUS[code]).send({ success: false, error_message: message });
}

function toAppError(error: FastifyError | AppError): AppError {
  if (error instanceof AppError) return error;
  const { statusCode = 500, message } = error;
  if (statusCode === 413) return new AppError('PAYLOAD_TOO_LARGE', 'the body is larger than 1 MiB');
  if (statusCode >= 400 && statusCode < 500) {
    return new AppError('INVALID_ARGUMENT', `the request cannot be read: ${message}`);
  }
  if (statusCode === 503) return new AppError('UNAVAILABLE', message);
  return new AppError('INTERNAL', message, { cause: error });
}
