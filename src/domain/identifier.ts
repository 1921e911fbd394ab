export const IDENTIFIER_MAX_BYTES = 256;

/** Control characters, halves of surrogate pairs, line and paragraph separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Whether a text can be a uid or a channel id: 1 to 256 bytes of printable text, not all blank. */
export function isIdentifier(text: string): boolean {
  return (
    text.trim() !== '' && !UNPRINTABLE.test(text) && Buffer.byteLength(text, 'utf8') <= IDENTIFIER_MAX_BYTES
  );
}

export const IDENTIFIER_RULE = 'must be 1 to 256 bytes of printable text';
