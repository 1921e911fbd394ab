import { Type, type Static, type TUnsafe } from '@sinclair/typebox';
import type { ErrorCode } from '../../domain/errors.js';
import { STATUS } from './errors.js';

/** An error as `sendError` writes it. */
export const ErrorReply = Type.Object(
  { success: Type.Literal(false), error_message: Type.String({ minLength: 1 }) },
  { $id: 'KettleError' },
);

const MEANING: Readonly<Record<ErrorCode, string>> = {
  INVALID_ARGUMENT: 'A parameter is wrong, or what is asked for contradicts what was done before.',
  CONFLICT: 'A parameter is wrong, or what is asked for contradicts what was done before.',
  UNAUTHENTICATED: 'The token is missing, wrong or expired.',
  PERMISSION_DENIED: 'The user may not do this, or is not a member of the room, if there is one.',
  NOT_FOUND: 'What is named does not exist for the user.',
  PAYLOAD_TOO_LARGE: 'The body or the text is too large.',
  RESOURCE_EXHAUSTED: 'There is too much at once. Try again after `Retry-After` seconds.',
  INTERNAL: 'The server made a mistake.',
  UNAVAILABLE: 'The store cannot serve right now. Try again after `Retry-After` seconds.',
};

/** The schemas of error replies, by status. */
export function errorReplies(...codes: readonly ErrorCode[]): Replies {
  const replies = codes.map((code) => [STATUS[code], { $ref: 'KettleError#', description: MEANING[code] }]);
  return Object.fromEntries(replies) as Replies;
}

type Replies = Record<number, TUnsafe<Static<typeof ErrorReply>>>;
