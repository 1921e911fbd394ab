import { integer, lastMsOf, timestampMs } from './parameter-kinds.js';
import type { Values } from './parameters.js';

const DEFAULT_PAGE_SIZE = 20;
/** More than this is refused and not cut: a client that counts pages of its own size would skip the rest. */
const MAX_PAGE_SIZE = 500;
const MAX_PAGE = 2 ** 31 - 1;

/** What both sync endpoints take: which page, of which time. */
export const Page = {
  page: integer('counts from 1; past the end a page is empty', { min: 1, max: MAX_PAGE }),
  page_size: integer(`${DEFAULT_PAGE_SIZE} when absent`, { min: 1, max: MAX_PAGE_SIZE }),
  min_timestamp: timestampMs('only what has changed then or later'),
  // Clients round their clocks down, and are shown rounded times.
  max_timestamp: lastMsOf('only what has changed then or before'),
};

export function toPage({
  page,
  page_size: size,
  min_timestamp: minMs,
  max_timestamp: maxMs,
}: Values<typeof Page>) {
  return { page: page ?? 1, size: size ?? DEFAULT_PAGE_SIZE, minMs: minMs ?? 0, maxMs };
}
