import { existsSync, readFileSync, statSync } from 'node:fs';

/** More frames in a row than small writes have; each is seen as another time of modification. */
const LONG_COMMIT_LOOKS = 60;
const LOOK_FOR_MS = 2;
const LARGE_GROWTH_BYTES = 256 * 1024;
const GIVE_UP_MS = 2000;

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC_LITTLE_ENDIAN = 0x377f0682;

export interface WalFrames {
  /** Valid ones, of the log's present generation. */
  readonly frames: number;
  /** How many of them come after the last one that ends a transaction. */
  readonly afterLastCommit: number;
}

/**
 * Reads SQLite's write-ahead log as its recovery does (https://sqlite.org/fileformat2.html#the_write_ahead_log):
 * frames count while their salts are the header's and their checksums go on from the frame before. Those after
 * the last commit are of a transaction that was being written.
 */
export function readWalFrames(path: string): WalFrames {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  if (bytes.length < HEADER_BYTES) return { frames: 0, afterLastCommit: 0 };
  const add = checksum(bytes, bytes.readUInt32BE(0) === MAGIC_LITTLE_ENDIAN);
  const pageBytes = bytes.readUInt32BE(8);
  const salts = bytes.subarray(16, 24);
  let sum = add([0, 0], { from: 0, to: 24 });
  let frames = 0;
  let committed = 0;
  for (let at = HEADER_BYTES; at + FRAME_HEADER_BYTES + pageBytes <= bytes.length;) {
    const page = at + FRAME_HEADER_BYTES;
    sum = add(add(sum, { from: at, to: at + 8 }), { from: page, to: page + pageBytes });
    const isValid =
      bytes.subarray(at + 8, at + 16).equals(salts) &&
      bytes.readUInt32BE(at + 16) === sum[0] &&
      bytes.readUInt32BE(at + 20) === sum[1];
    if (!isValid) break;
    frames += 1;
    // The size of the database after the commit; 0 in all other frames.
    if (bytes.readUInt32BE(at + 4) !== 0) committed = frames;
    at = page + pageBytes;
  }
  return { frames, afterLastCommit: frames - committed };
}

type Sum = readonly [number, number];

function checksum(
  bytes: Buffer,
  isLittleEndian: boolean,
): (sum: Sum, range: { from: number; to: number }) => Sum {
  const read = (at: number): number => (isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  return ([first, second], { from, to }) => {
    let [one, two] = [first, second];
    for (let at = from; at < to; at += 8) {
      one = (one + read(at) + two) >>> 0;
      two = (two + read(at + 4) + one) >>> 0;
    }
    return [one, two];
  };
}

/**
 * Resolves while a large transaction is being written to the log, if it can be seen: the file grows by much at
 * once, or is written again and again. Otherwise when `isOver`, or after a while.
 */
export async function untilLongCommit(path: string, isOver: () => boolean): Promise<void> {
  const giveUpMs = performance.now() + GIVE_UP_MS;
  const begin = look(path);
  let before = begin;
  while (!isOver() && performance.now() < giveUpMs) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const now = look(path);
    if (now.size - begin.size > LARGE_GROWTH_BYTES) return;
    if (now.modifiedNs !== before.modifiedNs && isWrittenOn(path)) return;
    before = now;
  }
}

function isWrittenOn(path: string): boolean {
  const untilMs = performance.now() + LOOK_FOR_MS;
  const seen = new Set<bigint>();
  while (performance.now() < untilMs) {
    if (seen.add(look(path).modifiedNs).size > LONG_COMMIT_LOOKS) return true;
  }
  return false;
}

function look(path: string): { readonly size: number; readonly modifiedNs: bigint } {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  return { size: Number(file?.size ?? 0), modifiedNs: file?.mtimeNs ?? 0n };
}
