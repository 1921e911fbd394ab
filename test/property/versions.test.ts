import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BEYOND_ALL_VERSIONS,
  formatVersion,
  NO_VERSION,
  nextVersion,
  parseCursor,
  VERSION_LIMIT,
  VERSION_STEP,
  versionAt,
  type Version,
} from '../../src/domain/version.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';

const STEP = BigInt(VERSION_STEP);
const LIMIT = BigInt(VERSION_LIMIT);
const RUNS = { runs: 2000 };

/** Any version that can be issued, with those of our time as likely as all others. */
const versions = fc
  .oneof(
    fc.bigInt({ min: 1n, max: LIMIT / STEP - 1n }),
    fc.bigInt({ min: 1_700_000_000_000_000_000n / STEP, max: 1_900_000_000_000_000_000n / STEP }),
  )
  .map((steps) => Number(steps * STEP) as Version);

const clocks = fc.oneof(
  fc.nat({ max: 4_600_000_000_000 }),
  fc.integer({ min: 1_763_000_000_000, max: 1_764_000_000_000 }),
);

/** What SY-3 and SY-4 say that a string of digits means. */
function meaningOf(digits: string): bigint {
  const double = Number(digits);
  const exact = String(double) === digits ? BigInt(double) : BigInt(digits);
  return exact >= LIMIT ? LIMIT : (exact / STEP) * STEP;
}

describe('versions that are issued', () => {
  test(
    'SY-1: each is the later of the next grid point and the clock, for any clock',
    () =>
      checkProperty(
        fc.property(versions, fc.array(clocks, { minLength: 1, maxLength: 20 }), (first, times) => {
          let last = first;
          for (const nowMs of times) {
            const floored = ((BigInt(nowMs) * 1_000_000n) / STEP) * STEP;
            const following = BigInt(last) + STEP;
            const expected = floored > following ? floored : following;
            fc.pre(expected < LIMIT);
            const next = nextVersion(last, nowMs);
            expect(BigInt(next)).toBe(expected);
            expect(next).toBeGreaterThan(last);
            last = next;
          }
        }),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test('SY-2: none is beyond the grid: there is an error in its place', () => {
    const lastOfAll = (VERSION_LIMIT - VERSION_STEP) as Version;
    const unavailable = expect.objectContaining({ code: 'UNAVAILABLE' });
    expect(nextVersion((lastOfAll - VERSION_STEP) as Version, 0)).toBe(lastOfAll);
    expect(() => nextVersion(lastOfAll, 0)).toThrow(unavailable);
    expect(() => nextVersion(NO_VERSION, VERSION_LIMIT / 1e6 + 1)).toThrow(unavailable);
  });

  test(
    'SY-2: each is on the grid, below 2^62, and the same number as a double and as an int64',
    () =>
      checkProperty(
        fc.property(versions, clocks, (last, nowMs) => {
          for (const version of [last, versionAt(nowMs)]) {
            expect(BigInt(version) % STEP).toBe(0n);
            expect(BigInt(version)).toBeLessThan(LIMIT);
            expect(BigInt.asIntN(64, BigInt(version))).toBe(BigInt(version));
            expect(Number(BigInt(version))).toBe(version);
          }
        }),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test(
    'SY-2: it is printed with all its digits, which every reader of JSON takes for the same number',
    () =>
      checkProperty(
        fc.property(versions, (version) => {
          const printed = formatVersion(version);
          expect(printed).toMatch(/^[1-9]\d*$/);
          expect(BigInt(printed)).toBe(BigInt(version));
          expect(JSON.parse(printed)).toBe(version);
          expect(Math.max(...(JSON.parse(`[1,${printed}]`) as number[]))).toBe(version);
        }),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );
});

describe('cursors that are read', () => {
  test(
    'SY-3: every spelling of a version is that version',
    () =>
      checkProperty(
        fc.property(versions, fc.nat({ max: 40 }), (version, zeros) => {
          const digits = formatVersion(version);
          const inJson = [
            digits,
            JSON.stringify(version),
            `${digits}.0`,
            `${digits}e0`,
            version.toExponential(),
            version.toExponential().replace('e+', 'E'),
          ];
          for (const text of inJson) expect(parseCursor(JSON.parse(text)), text).toBe(version);
          for (const text of [digits, String(version), '0'.repeat(zeros) + digits]) {
            expect(parseCursor(text), text).toBe(version);
          }
        }),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test('SY-3: null and absent mean 0, and so does 0 in every spelling', () => {
    for (const value of [null, undefined, 0, '0', '000', 0.5, 1e-300])
      expect(parseCursor(value)).toBe(NO_VERSION);
    expect(formatVersion(parseCursor(JSON.parse('-0')))).toBe('0');
  });

  test(
    'SY-3, SY-4: any number means its double, floored to the grid',
    () =>
      checkProperty(
        fc.property(
          fc.oneof(
            fc.double({ min: 0, noNaN: true }),
            fc.double({ min: 0, max: 2 ** 63, noNaN: true }),
            fc.maxSafeNat(),
          ),
          (value) => {
            const cursor = BigInt(parseCursor(value));
            const expected = value >= VERSION_LIMIT ? LIMIT : (BigInt(Math.floor(value)) / STEP) * STEP;
            expect(cursor).toBe(expected);
          },
        ),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test(
    'SY-3, SY-4: any string of digits is exact, floored to the grid, or what JavaScript prints for a double',
    () =>
      checkProperty(
        fc.property(
          fc.oneof(
            fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
            fc.double({ min: 0, max: 2 ** 63, noNaN: true }).map((double) => String(Math.floor(double))),
            fc.stringMatching(/^[0-9]{1,60}$/),
          ),
          (digits) => {
            expect(BigInt(parseCursor(digits))).toBe(meaningOf(digits));
          },
        ),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test(
    'SY-4: what lies between two versions is floored to the lower one',
    () =>
      checkProperty(
        fc.property(versions, fc.bigInt({ min: 0n, max: STEP - 1n }), (version, more) => {
          const digits = String(BigInt(version) + more);
          // What JavaScript prints for a double has another meaning, and the test above.
          fc.pre(String(Number(digits)) !== digits);
          expect(parseCursor(digits)).toBe(version);
        }),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test('SY-4: what lies beyond the grid is beyond all versions, however long', () => {
    for (const value of [
      2 ** 62,
      1e300,
      Infinity,
      String(2n ** 62n),
      '9'.repeat(32),
      '9'.repeat(33),
      '1'.repeat(400),
    ]) {
      expect(parseCursor(value)).toBe(BEYOND_ALL_VERSIONS);
    }
    expect(parseCursor(String(2n ** 62n - 1n))).toBe(Number(2n ** 62n - STEP));
  });

  test('SY-4: a string of a million digits is read at once', () => {
    const started = performance.now();
    expect(parseCursor('9'.repeat(2 ** 20))).toBe(BEYOND_ALL_VERSIONS);
    expect(parseCursor(`${'0'.repeat(2 ** 20)}5000`)).toBe(4096);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test(
    'SY-5: a negative cursor, or one that is no number, is an INVALID_ARGUMENT that names version',
    () =>
      checkProperty(
        fc.property(
          fc.oneof(
            fc.double({ max: -Number.MIN_VALUE }),
            fc.constant(NaN),
            fc.string().filter((text) => !/^\d+$/.test(text)),
            fc.constantFrom('', ' 1', '1 ', '1\n', '-1', '+1', '1.0', '1e3', '0x10', '１２', '1_000'),
            fc.boolean(),
            fc.array(fc.nat()),
            fc.dictionary(fc.string(), fc.nat()),
            fc.bigInt(),
          ),
          (value) => {
            expect(() => parseCursor(value)).toThrow(
              expect.objectContaining({ name: 'AppError', code: 'INVALID_ARGUMENT', field: 'version' }),
            );
          },
        ),
        RUNS,
      ),
    PROPERTY_TIMEOUT_MS,
  );
});
