import type { Poll } from './room.js';

/** Poll types, by when their results are shown. */
export const INSTANT_POLL = 0;
export const DEFERRED_POLL = 1;
export const OPEN_POLL = 2;

/** What a reader is told of one option; undefined while results are not shown. */
export interface OptionResult {
  readonly votes: number | undefined;
  /** Whole percent of those who voted; undefined also when nobody has. */
  readonly percentage: number | undefined;
}

const HIDDEN: OptionResult = { votes: undefined, percentage: undefined };

export function hasEnded({ expiresAtMs }: Poll, nowMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}

/** An instant poll shows them to whoever has voted, a deferred one when it has ended, an open one always. */
export function showsResults(poll: Poll, nowMs: number): boolean {
  if (poll.pollType === OPEN_POLL || hasEnded(poll, nowMs)) return true;
  return poll.pollType === INSTANT_POLL && poll.options.some(({ isSelected }) => isSelected);
}

/** By option, in their order. With several choices the percentages add up to more than 100. */
export function pollResults(poll: Poll, nowMs: number): OptionResult[] {
  if (!showsResults(poll, nowMs)) return poll.options.map(() => HIDDEN);
  return poll.options.map(({ votes }) => ({
    votes,
    percentage: poll.voters > 0 ? Math.round((votes * 100) / poll.voters) : undefined,
  }));
}
