import { relative } from 'node:path';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { isOnPostgres } from './chosen-stores.js';

const givenSeed = readNumber('TIDEMARK_TEST_SEED');
const givenRuns = readNumber('TIDEMARK_TEST_RUNS');
const givenShrink = readNumber('TIDEMARK_TEST_SHRINK');

/** For the test around a property. Who asks for more runs than usual has time. */
export const PROPERTY_TIMEOUT_MS = givenRuns === undefined ? 60_000 : 3_600_000;

/** A run takes ten times as long on a database that is asked through a socket. */
const SHARE = isOnPostgres ? 0.1 : 1;

/** Leaves time to report what was found, and how to find it again, before the test is given up. */
const SEARCH_MS = PROPERTY_TIMEOUT_MS * 0.7;

/**
 * Looks for a counterexample, each time from another seed. Of a failure it prints the command that
 * replays it. TIDEMARK_TEST_SEED fixes the seed, TIDEMARK_TEST_RUNS the number of runs; with
 * TIDEMARK_TEST_SHRINK=0 the first counterexample will do.
 */
export async function checkProperty<Values>(
  property: fc.IRawProperty<Values>,
  { runs }: { readonly runs: number },
): Promise<void> {
  const result = await fc.check(property, {
    seed: givenSeed ?? Math.floor(Math.random() * 2 ** 31),
    numRuns: givenRuns ?? Math.ceil(runs * SHARE),
    interruptAfterTimeLimit: SEARCH_MS,
    endOnFailure: givenShrink === 0,
  });
  if (!result.failed) return;
  const report = await fc.asyncDefaultReportMessage(result);
  // A report in JSON leaves causes out.
  const reason = String(result.errorInstance);
  throw new Error(`replay with: ${replayCommand(result)}\n${report}\n${reason}`, {
    cause: result.errorInstance,
  });
}

function replayCommand({ seed, numRuns }: { seed: number; numRuns: number }): string {
  const { testPath = '', currentTestName = '' } = expect.getState();
  const title = currentTestName.split(' > ').at(-1) ?? '';
  const escaped = title.replaceAll(/[\\^$.*+?()[\]{}|']/g, '.');
  return [
    `TIDEMARK_TEST_SEED=${seed} TIDEMARK_TEST_RUNS=${numRuns}`,
    `npx vitest run ${relative(process.cwd(), testPath)} -t '${escaped}'`,
  ].join(' ');
}

function readNumber(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`${name} must be a whole number, not ${text}`);
  return value;
}
