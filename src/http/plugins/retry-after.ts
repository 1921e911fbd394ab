import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type ErrorCode } from '../../domain/errors.js';

/** Unless more is known. */
export const RETRY_AFTER_SECONDS = 1;

/** Whether an error of this code passes by itself. */
export function isTemporary(code: string): code is ErrorCode {
  return code === 'UNAVAILABLE' || code === 'RESOURCE_EXHAUSTED';
}

/**
 * Says when to try again. What lies behind it, such as a full disk, is logged for the operator; a refusal
 * because of too much work has nothing behind it, and must not make more work.
 */
export function announceRetry(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const { retryAfterSeconds = RETRY_AFTER_SECONDS } = error instanceof AppError ? error : {};
  if (error.cause !== undefined) request.log.warn({ err: error }, 'request refused');
  reply.header('Retry-After', retryAfterSeconds);
}
