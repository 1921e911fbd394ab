import { describe, expect, test } from 'vitest';
import { pollResults, showsResults } from '../../src/domain/poll-results.js';
import type { Poll } from '../../src/domain/room.js';

const NOW_MS = 1_760_350_434_000;
const HIDDEN = { votes: undefined, percentage: undefined };
const [INSTANT, DEFERRED, OPEN] = [0, 1, 2];

interface Votes {
  readonly votes: readonly number[];
  readonly voters: number;
  /** What the reader voted for. */
  readonly own?: number;
}

function createPoll(rules: Partial<Poll>, { votes, voters, own }: Votes): Poll {
  return {
    pollType: INSTANT,
    multipleSelectState: 0,
    multipleSelectNo: 1,
    isAnonymous: false,
    allowAddOption: false,
    expiresAtMs: undefined,
    voters,
    options: votes.map((count, id) => ({
      id,
      text: `${id}`,
      userId: 1,
      votes: count,
      isSelected: id === own,
    })),
    ...rules,
  };
}

const some = { votes: [2, 1], voters: 3 };

describe('who is shown results', () => {
  test('KT-22: of an instant poll, who has voted, and everyone when it has ended', () => {
    expect(pollResults(createPoll({}, some), NOW_MS)).toEqual([HIDDEN, HIDDEN]);
    expect(showsResults(createPoll({}, { ...some, own: 1 }), NOW_MS)).toBe(true);
    expect(showsResults(createPoll({ expiresAtMs: NOW_MS + 1 }, some), NOW_MS)).toBe(false);
    expect(showsResults(createPoll({ expiresAtMs: NOW_MS }, some), NOW_MS)).toBe(true);
  });

  test('KT-22: of a deferred poll, nobody before it has ended', () => {
    const voted = { ...some, own: 0 };
    expect(showsResults(createPoll({ pollType: DEFERRED }, voted), NOW_MS)).toBe(false);
    expect(showsResults(createPoll({ pollType: DEFERRED, expiresAtMs: NOW_MS + 1 }, voted), NOW_MS)).toBe(
      false,
    );
    expect(showsResults(createPoll({ pollType: DEFERRED, expiresAtMs: NOW_MS }, some), NOW_MS)).toBe(true);
  });

  test('KT-22: of an open poll, everyone', () => {
    expect(showsResults(createPoll({ pollType: OPEN }, some), NOW_MS)).toBe(true);
  });
});

describe('percentages', () => {
  function percentages(votes: Votes): (number | undefined)[] {
    return pollResults(createPoll({ pollType: OPEN }, votes), NOW_MS).map(({ percentage }) => percentage);
  }

  test('KT-22: they are whole, of those who voted', () => {
    expect(percentages(some)).toEqual([67, 33]);
    expect(percentages({ votes: [1, 1, 1], voters: 3 })).toEqual([33, 33, 33]);
    expect(percentages({ votes: [4, 0], voters: 4 })).toEqual([100, 0]);
  });

  test('KT-22: with several choices they add up to more than 100', () => {
    expect(percentages({ votes: [2, 2, 1], voters: 2 })).toEqual([100, 100, 50]);
  });

  test('KT-22: there are none while nobody has voted', () => {
    const none = createPoll({ pollType: OPEN }, { votes: [0, 0], voters: 0 });
    const zero = { votes: 0, percentage: undefined };
    expect(pollResults(none, NOW_MS)).toEqual([zero, zero]);
  });
});
