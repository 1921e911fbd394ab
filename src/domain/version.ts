import { AppError, invalidArgument } from './errors.js';

/**
 * Versions: positions in a community's history of changes.
 *
 * A version is the time of its write in nanoseconds since 1970, floored to a grid of 1024, and pushed
 * up to the next grid point when the clock has not moved or has gone back. So versions rise with every
 * write whatever the clock does, and every one of them is a multiple of 1024 below 2^62. Such a number
 * has at most 52 significant bits, hence it is exact both as an int64 and as an IEEE double: a client in
 * JavaScript may take `Math.max` of versions and send the result back without moving its position.
 *
 * That is also why a plain `number` holds a version here. Only its decimal form needs care: JavaScript
 * prints the shortest digits that read back as the same double (1763756460123456500), which is another
 * integer. `formatVersion` prints all digits (1763756460123456512).
 */
export type Version = number & { readonly [versionBrand]: true };
declare const versionBrand: unique symbol;

/** A client's position: it has every change up to and including this one. 0 is "nothing yet". */
export type Cursor = Version;

export const VERSION_STEP = 1024;

/** Where the grid ends: 2^62 ns is in the year 2116. */
export const VERSION_LIMIT = 2 ** 62;

export const NO_VERSION = 0 as Version;

/** A position beyond every version that can exist. */
export const BEYOND_ALL_VERSIONS = VERSION_LIMIT as Version;

/** The wall clock as a version: floored to the grid. */
export function versionAt(nowMs: number): Version {
  const steps = (BigInt(Math.floor(nowMs)) * 1_000_000n) / BigInt(VERSION_STEP);
  return (Number(steps) * VERSION_STEP) as Version;
}

/** The version of the write that follows `last`. */
export function nextVersion(last: Version, nowMs: number): Version {
  const next = Math.max(last + VERSION_STEP, versionAt(nowMs));
  if (next >= VERSION_LIMIT) {
    throw new AppError('UNAVAILABLE', 'the clock of this machine is beyond the year 2116');
  }
  return next as Version;
}

/** All digits, as an integer that `JSON.stringify` alternatives and headers can carry. */
export function formatVersion(version: Version): string {
  return BigInt(version).toString();
}

/**
 * Reads the cursor that a client sent. Absent and null mean 0.
 *
 * A JSON number means its double, so that whatever digits a JavaScript client prints come back to the
 * grid point they were read from. A digit string is exact, unless it is what JavaScript prints for a
 * double. What is not on the grid was never issued here; it is floored, so that at worst a change is
 * delivered twice.
 */
export function parseCursor(value: unknown): Cursor {
  if (value === undefined || value === null) return NO_VERSION;
  if (typeof value === 'number' && value >= 0) return floorToGrid(value);
  if (typeof value === 'string' && /^\d+$/.test(value)) {
    const double = Number(value);
    // Before BigInt, which takes more than linear time for a long text.
    if (double > VERSION_LIMIT) return BEYOND_ALL_VERSIONS;
    return String(double) === value ? floorToGrid(double) : floorExactly(BigInt(value));
  }
  throw invalidArgument('version', 'must be a whole number that is not negative');
}

function floorToGrid(value: number): Version {
  if (value >= VERSION_LIMIT) return BEYOND_ALL_VERSIONS;
  return (Math.floor(value / VERSION_STEP) * VERSION_STEP) as Version;
}

function floorExactly(value: bigint): Version {
  if (value >= BigInt(VERSION_LIMIT)) return BEYOND_ALL_VERSIONS;
  return (Number(value / BigInt(VERSION_STEP)) * VERSION_STEP) as Version;
}

interface ResetQuestion {
  readonly cursor: Cursor;
  /** The last version of the community. */
  readonly last: Version;
  readonly nowMs: number;
  readonly includeDeleted: boolean;
  /** The highest version among this user's tombstones that were purged. */
  readonly purged: Version;
}

/**
 * Whether a cursor cannot be continued, so that the client has to start over with a full snapshot: it
 * comes from the future (a foreign server, a restored backup), or the client wants to hear of deletions
 * and one that it has not heard of has been purged. Age alone is no reason.
 */
export function needsReset({ cursor, last, nowMs, includeDeleted, purged }: ResetQuestion): boolean {
  const isFromFuture = cursor > last && cursor > versionAt(nowMs);
  const missesDeletion = includeDeleted && cursor > NO_VERSION && purged > cursor;
  return isFromFuture || missesDeletion;
}
