import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, invalidArgument, type ErrorCode } from '../../domain/errors.js';
import { IDENTIFIER_RULE } from '../../domain/identifier.js';

/** What only a transport can get wrong. */
type TransportCode = 'METHOD_NOT_ALLOWED' | 'UNSUPPORTED_MEDIA_TYPE';

export type WireCode = ErrorCode | TransportCode;

export const STATUS = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} satisfies Record<WireCode, number>;

const RETRY_AFTER_SECONDS = 1;

const TO_BE_TRIED_AGAIN: ReadonlySet<WireCode> = new Set(['UNAVAILABLE', 'RESOURCE_EXHAUSTED']);

/** An error as this dialect writes it; WuKongIM's clients read `status` and `msg`. */
interface WireError {
  readonly code: WireCode;
  readonly msg: string;
  readonly field?: string | undefined;
}

export function handleError(
  error: FastifyError | AppError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const wire = toWireError(error);
  if (wire.code === 'INTERNAL') request.log.error({ err: error }, 'request failed');
  if (wire.code === 'UNAVAILABLE') request.log.warn({ err: error }, 'request refused');
  if (TO_BE_TRIED_AGAIN.has(wire.code)) reply.header('Retry-After', RETRY_AFTER_SECONDS);
  sendError(reply, wire);
}

/** Answers bytes of which no request came, and ends the connection. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  const problems = new Map([
    ['HPE_HEADER_OVERFLOW', 'its headers are too long'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 'it did not arrive in time'],
  ]);
  const problem = problems.get(error.code ?? '') ?? 'it is not HTTP/1.1';
  const wire = { status: 400, msg: `the request cannot be read: ${problem}`, code: 'INVALID_ARGUMENT' };
  const body = JSON.stringify(wire);
  const type = 'Content-Type: application/json; charset=utf-8';
  const head = ['HTTP/1.1 400 Bad Request', type, `Content-Length: ${body.length}`, 'Connection: close'];
  if (socket.writable) socket.write([...head, '', body].join('\r\n'));
  socket.destroy();
}

export function sendError(reply: FastifyReply, { code, msg, field }: WireError): void {
  const status = STATUS[code];
  void reply.code(status).send({ status, msg, code, ...(field !== undefined && { field }) });
}

function toWireError(error: FastifyError | AppError): WireError {
  if (error instanceof AppError) return fromAppError(error);
  const { validation, statusCode = 500 } = error;
  if (validation?.[0]) return fromAppError(explainValidation(validation[0]));
  if (statusCode === 413)
    return { code: 'PAYLOAD_TOO_LARGE', msg: 'the body is larger than 1 MiB', field: 'body' };
  if (statusCode === 415) {
    const msg = 'send JSON, with the header Content-Type: application/json';
    return { code: 'UNSUPPORTED_MEDIA_TYPE', msg, field: 'content-type' };
  }
  if (statusCode >= 400 && statusCode < 500) {
    const field = error.code === 'FST_ERR_BAD_URL' ? 'url' : 'body';
    return { code: 'INVALID_ARGUMENT', msg: `the request cannot be read: ${error.message}`, field };
  }
  if (statusCode === 503) return { code: 'UNAVAILABLE', msg: error.message };
  return { code: 'INTERNAL', msg: 'internal error' };
}

function fromAppError({ code, message, field }: AppError): WireError {
  return code === 'INTERNAL' ? { code, msg: 'internal error' } : { code, msg: message, field };
}

type ValidationProblem = NonNullable<FastifyError['validation']>[number];

function explainValidation({ instancePath, keyword, params, message }: ValidationProblem): AppError {
  const path = instancePath
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.')
    .replace(/^\./, '');
  if (keyword === 'required') {
    const field = [path, String(params['missingProperty'])].filter(Boolean).join('.');
    return invalidArgument(field, 'is required');
  }
  const field = path || 'body';
  if (keyword === 'format') return invalidArgument(field, IDENTIFIER_RULE);
  if (keyword === 'enum') {
    const allowed = (params['allowedValues'] as (number | boolean | string | null)[]).filter(
      (value) => value !== null,
    );
    return invalidArgument(field, `must be one of ${allowed.join(', ')}`);
  }
  return invalidArgument(field, (message ?? 'is invalid').replaceAll(',null', ''));
}
