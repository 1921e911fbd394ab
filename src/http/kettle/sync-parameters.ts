import { findInteger, findTimestampMs, type Params } from './parameters.js';

const DEFAULT_PAGE_SIZE = 20;
/** More than this is refused and not cut: a client that counts pages of its own size would skip the rest. */
const MAX_PAGE_SIZE = 500;
const MAX_PAGE = 2 ** 31 - 1;
const MS_BEFORE_NEXT_SECOND = 999;

/** What both sync endpoints take: which page, of which time. */
export function readPage(query: Params) {
  return {
    page: findInteger(query, 'page', { min: 1, max: MAX_PAGE }) ?? 1,
    size: findInteger(query, 'page_size', { min: 1, max: MAX_PAGE_SIZE }) ?? DEFAULT_PAGE_SIZE,
    minMs: findTimestampMs(query, 'min_timestamp') ?? 0,
    maxMs: findMaxMs(query),
  };
}

/** A second as the upper bound is a whole one: clients round their clocks down, and are shown rounded times. */
function findMaxMs(query: Params): number | undefined {
  const ms = findTimestampMs(query, 'max_timestamp');
  const isInSeconds = ms !== undefined && ms > Number(query['max_timestamp']);
  return isInSeconds ? ms + MS_BEFORE_NEXT_SECOND : ms;
}
