import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, invalidArgument, type ErrorCode } from '../../domain/errors.js';
import { IDENTIFIER_RULE } from '../../domain/identifier.js';
import { announceRetry, isTemporary } from '../plugins/retry-after.js';
import { SECURITY_HEADERS } from '../plugins/security-headers.js';

/** What only a transport can get wrong. */
type TransportCode =
  | 'METHOD_NOT_ALLOWED'
  | 'REQUEST_TIMEOUT'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'HEADERS_TOO_LARGE';

export type WireCode = ErrorCode | TransportCode;

export const STATUS = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RESOURCE_EXHAUSTED: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} satisfies Record<WireCode, number>;

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
  if (isTemporary(wire.code)) announceRetry(error, request, reply);
  sendError(reply, wire);
}

/** Answers bytes of which no request came, and ends the connection. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.writable) {
    const { code, msg } = explainClientError(error);
    const status = STATUS[code];
    const body = JSON.stringify({ status, msg, code });
    const headers = {
      ...SECURITY_HEADERS,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': body.length,
      Connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.write([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'));
  }
  socket.destroy();
}

function explainClientError({ code }: NodeJS.ErrnoException): WireError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { code: 'HEADERS_TOO_LARGE', msg: 'the URL and the headers are longer than 16 KiB' };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { code: 'REQUEST_TIMEOUT', msg: 'the request did not arrive in time' };
  }
  return { code: 'INVALID_ARGUMENT', msg: 'the request cannot be read: it is not HTTP/1.1' };
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
