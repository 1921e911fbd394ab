import { Type, type Static, type TUnsafe } from '@sinclair/typebox';
import { STATUS, type WireCode } from './errors.js';

/** An error as `sendError` writes it. */
export const ErrorReply = Type.Object(
  {
    status: Type.Integer({ description: 'the HTTP status' }),
    msg: Type.String({ minLength: 1 }),
    code: Type.Unsafe<WireCode>({ type: 'string', enum: Object.keys(STATUS) }),
    field: Type.Optional(Type.String({ description: 'of the request, as in last_msg_seqs[2]' })),
  },
  { $id: 'WukongError' },
);

const MEANING: Readonly<Record<WireCode, string>> = {
  INVALID_ARGUMENT: 'The request is wrong, in the field that is named.',
  UNAUTHENTICATED: 'The credential is missing, wrong or expired.',
  PERMISSION_DENIED: 'The credential may not do this.',
  NOT_FOUND: 'What is named does not exist.',
  METHOD_NOT_ALLOWED: 'The path takes other methods.',
  CONFLICT: 'It was done before, in another way.',
  PAYLOAD_TOO_LARGE: 'The body or the payload is too large.',
  UNSUPPORTED_MEDIA_TYPE: 'The body is not labelled as JSON.',
  REQUEST_TIMEOUT: 'The request did not arrive in time.',
  HEADERS_TOO_LARGE: 'The URL and the headers are too long.',
  RESOURCE_EXHAUSTED: 'There is too much at once. Try again after `Retry-After` seconds.',
  INTERNAL: 'The server made a mistake.',
  UNAVAILABLE: 'The store cannot serve right now. Try again after `Retry-After` seconds.',
};

/** The schemas of error replies, by status. */
export function errorReplies(...codes: readonly WireCode[]): Replies {
  const replies = codes.map((code) => [STATUS[code], { $ref: 'WukongError#', description: MEANING[code] }]);
  return Object.fromEntries(replies) as Replies;
}

type Replies = Record<number, TUnsafe<Static<typeof ErrorReply>>>;
