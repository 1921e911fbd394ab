import { createHash } from 'node:crypto';

/** What is kept of an API key. A key is random and long, so a plain hash of it cannot be guessed back. */
export function hashApiKey(apiKey: string): string {
  return createHash('sha256').update(apiKey).digest('hex');
}
