import { isUtf8 } from 'node:buffer';
import { invalidArgument } from '../domain/errors.js';

/**
 * The text of a body. Letters in another encoding would all be read as U+FFFD: texts would be lost, and two users whose
 * names differ in such a letter would be one.
 */
export function decodeBody(body: Buffer): string {
  if (!isUtf8(body)) throw invalidArgument('body', 'must be in UTF-8');
  return body.toString();
}
