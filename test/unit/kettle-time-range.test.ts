import { assert, bigInt, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochMs, versionMs, versionRange } from '../../src/domain/time-range.js';
import { BEYOND_ALL_VERSIONS, VERSION_LIMIT, VERSION_STEP, type Version } from '../../src/domain/version.js';
import { withOverlap } from '../../src/engine/sync-rooms.js';
import { timestampMs } from '../../src/http/kettle/parameter-kinds.js';
import { clockText, dateText } from '../../src/http/kettle/wire-time.js';

const NOW_MS = Date.UTC(2026, 10, 21, 9, 5, 59, 999);

/** Away from both ends, so that there are versions on either side of its millisecond. */
const someVersion = bigInt({ min: 2000n, max: BigInt(VERSION_LIMIT) / BigInt(VERSION_STEP) - 2000n }).map(
  (steps) => Number(steps * BigInt(VERSION_STEP)) as Version,
);

describe('bounds', () => {
  test('KT-21: the range of one millisecond is exactly the versions that are shown as it', () => {
    assert(
      property(someVersion, (version) => {
        const ms = versionMs(version);
        const { from, to } = versionRange({ minMs: ms, maxMs: ms });
        expect(from <= version && version <= to).toBe(true);
        expect(versionMs(from)).toBe(ms);
        expect(versionMs(to)).toBe(ms);
        expect([from % VERSION_STEP, to % VERSION_STEP]).toEqual([0, 0]);
        expect(versionMs((from - VERSION_STEP) as Version)).toBe(ms - 1);
        expect(versionMs((to + VERSION_STEP) as Version)).toBe(ms + 1);
      }),
    );
  });

  test('KT-21: neighbouring ranges leave nothing out and share nothing', () => {
    const before = versionRange({ minMs: 0, maxMs: NOW_MS });
    const after = versionRange({ minMs: NOW_MS + 1, maxMs: undefined });
    expect(after.from - before.to).toBe(VERSION_STEP);
  });

  test('KT-21: min 0 is from the start; no max, and any max that no version can reach, is to the end', () => {
    expect(versionRange({ minMs: 0, maxMs: undefined })).toEqual({ from: 0, to: BEYOND_ALL_VERSIONS });
    expect(versionRange({ minMs: 0, maxMs: Number.MAX_SAFE_INTEGER }).to).toBe(BEYOND_ALL_VERSIONS);
    expect(versionRange({ minMs: Number.MAX_SAFE_INTEGER, maxMs: undefined }).from).toBe(BEYOND_ALL_VERSIONS);
  });

  test('KT-21: a max of 0 is the first millisecond of 1970', () => {
    expect(versionRange({ minMs: 0, maxMs: 0 })).toEqual({ from: 0, to: 976 * 1024 });
  });

  test('KT-21: a min above the max is an empty range', () => {
    const { from, to } = versionRange({ minMs: NOW_MS, maxMs: NOW_MS - 1 });
    expect(from).toBeGreaterThan(to);
  });
});

describe('the overlap', () => {
  test('KT-21: it lowers a min above 0, never below 0, and leaves the max alone', () => {
    const overlapSeconds = 120;
    expect(withOverlap({ minMs: 200_000, maxMs: 5, overlapSeconds })).toEqual({ minMs: 80_000, maxMs: 5 });
    expect(withOverlap({ minMs: 1, maxMs: undefined, overlapSeconds }).minMs).toBe(0);
    expect(withOverlap({ minMs: 0, maxMs: undefined, overlapSeconds }).minMs).toBe(0);
    expect(withOverlap({ minMs: 7, maxMs: undefined, overlapSeconds: 0 }).minMs).toBe(7);
  });
});

describe('timestamps', () => {
  test('KT-21: below 10^11 they are seconds, from there on milliseconds', () => {
    expect(epochMs(1_760_350_227)).toBe(1_760_350_227_000);
    expect(epochMs(1_760_350_434_000)).toBe(1_760_350_434_000);
    expect(epochMs(99_999_999_999)).toBe(99_999_999_999_000);
    expect(epochMs(100_000_000_000)).toBe(100_000_000_000);
    expect(epochMs(0)).toBe(0);
  });

  test('KT-21: they are whole, not negative, and up to 2^53 - 1', () => {
    const { read } = timestampMs('…');
    expect(read('1760350227', 't')).toBe(1_760_350_227_000);
    expect(read('9007199254740991', 't')).toBe(Number.MAX_SAFE_INTEGER);
    for (const t of ['-1', 'abc', '1.5', '9007199254740992', '17603502270000000', ['1', '2']]) {
      expect(() => read(t, 't')).toThrow(/^t must be/);
    }
  });

  test('KT-21: a version is shown as the millisecond it lies in, rounded down', () => {
    // As a double, 1760350434000999936 / 10^6 rounds up to …435.
    expect(versionMs(1_760_350_434_000_999_936 as Version)).toBe(1_760_350_434_000);
  });

  test('KT-21: times of day and dates are in UTC', () => {
    expect(clockText(NOW_MS)).toBe('09:05');
    expect(dateText(NOW_MS)).toBe('21 Nov 2026');
    expect(dateText(Date.UTC(2025, 9, 3))).toBe('03 Oct 2025');
    expect(clockText(0)).toBe('00:00');
  });
});
