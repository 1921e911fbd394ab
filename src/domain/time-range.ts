import { BEYOND_ALL_VERSIONS, VERSION_LIMIT, VERSION_STEP, type Version } from './version.js';

/**
 * Time as clients count it, in milliseconds, against versions, which are nanoseconds on a grid of 1024.
 *
 * A client compares times that it was given with times that it sends. So every time on the wire is that of a
 * version, rounded down, and a bound in milliseconds takes in exactly the versions which are shown as that
 * millisecond. Bounds are computed in integers: a version times anything is beyond what a double holds.
 */

const NS_IN_MS = 1_000_000;
const NS_PER_MS = BigInt(NS_IN_MS);
const STEP = BigInt(VERSION_STEP);

/** From here on up a bare number is milliseconds (1973), below it seconds (the year 5138). */
const MS_FROM = 100_000_000_000;

/** The millisecond in which a version lies. */
export function versionMs(version: Version): number {
  // The remainder is exact. The rest of a long version may be a little off, but by far less than half a millisecond.
  return Math.round((version - (version % NS_IN_MS)) / NS_IN_MS);
}

/** A time since 1970 in milliseconds, from a number that may be in seconds. */
export function epochMs(value: number): number {
  return value >= MS_FROM ? value : value * 1000;
}

export interface TimeRange {
  /** Both inclusive. */
  readonly minMs: number;
  /** Undefined: whatever there is. */
  readonly maxMs: number | undefined;
}

/** The versions that are shown as a time from `minMs` to `maxMs`; `from` is above `to` when there are none. */
export function versionRange({ minMs, maxMs }: TimeRange): { from: Version; to: Version } {
  return {
    from: gridPointFrom(BigInt(minMs) * NS_PER_MS),
    to: maxMs === undefined ? BEYOND_ALL_VERSIONS : gridPointBelow(BigInt(maxMs + 1) * NS_PER_MS),
  };
}

/** The first grid point at or above a time in nanoseconds. */
function gridPointFrom(ns: bigint): Version {
  return clamp(((ns + STEP - 1n) / STEP) * STEP);
}

/** The last grid point below a time in nanoseconds that is above 0. */
function gridPointBelow(ns: bigint): Version {
  return clamp(((ns - 1n) / STEP) * STEP);
}

function clamp(ns: bigint): Version {
  return ns >= BigInt(VERSION_LIMIT) ? BEYOND_ALL_VERSIONS : (Number(ns) as Version);
}
