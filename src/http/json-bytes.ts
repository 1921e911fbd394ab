/**
 * Replies as the bytes that are sent, from the texts that make them up. To put a long text together first, and then
 * send it, copies everything twice more, into memory that the process gets afresh each time.
 */

const [OPEN = 0, COMMA = 0, CLOSE = 0] = Buffer.from('[,]');

/** A JSON array of texts that are JSON. */
export function joinJson(texts: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(countBytes(texts) + Math.max(texts.length, 1) + 1);
  bytes[0] = OPEN;
  let end = 1;
  for (const text of texts) {
    if (end > 1) bytes[end++] = COMMA;
    end += bytes.write(text, end);
  }
  bytes[end] = CLOSE;
  return bytes;
}

/** The texts, one after the other. */
export function concatJson(texts: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(countBytes(texts));
  let end = 0;
  for (const text of texts) end += bytes.write(text, end);
  return bytes;
}

function countBytes(texts: readonly string[]): number {
  let count = 0;
  for (const text of texts) count += Buffer.byteLength(text);
  return count;
}
