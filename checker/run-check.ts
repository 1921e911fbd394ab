import { Figures, type RunSummary, type Sometimes } from './figures.js';
import { expectedEvents } from './expected-events.js';
import { HttpClient } from './http-client.js';
import { Run } from './run.js';
import type { Target } from './target.js';
import { Violation } from './violation.js';

export interface CheckOptions {
  readonly seconds: number;
  readonly seed: number;
  /** A server that is only reached, or what the checker has started itself. */
  readonly target: string | Target;
  /** Admin key of a server that asks for one. */
  readonly apiKey?: string | undefined;
  /** API key of community 1 for the other dialect; without it, that one is left out. */
  readonly kettleKey?: string | undefined;
}

export interface Outcome {
  readonly figures: Figures;
  readonly summary: RunSummary;
  /** Undefined when the server kept its promise. */
  readonly violation: Violation | undefined;
  /** What the run should have come across, and did not. */
  readonly unseen: readonly Sometimes[];
}

/** One run against one server. Ends at the first violation. */
export async function runCheck(options: CheckOptions): Promise<Outcome> {
  const startedMs = performance.now();
  const figures = new Figures();
  const { target } = options;
  const client = new HttpClient({
    headers: options.apiKey === undefined ? {} : { 'x-api-key': options.apiKey },
    route: () => (typeof target === 'string' ? Promise.resolve(target) : target.route()),
  });
  const violation = await findViolation(new Run({ ...options, client, figures }));
  client.close();
  figures.saw('retried at another server', client.moves);
  if (violation) figures.losses.set(violation.column, 1);
  const expected = expectedEvents(options);
  const summary = { seconds: (performance.now() - startedMs) / 1000, replies: client.replies, expected };
  const unseen = [...expected]
    .filter(([event, need]) => need === 'required' && figures.timesSeen(event) === 0)
    .map(([event]) => event);
  return { figures, summary, violation, unseen };
}

async function findViolation(run: Run): Promise<Violation | undefined> {
  try {
    await run.prepare();
    await run.live();
    await run.settle();
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error;
    throw error;
  }
}
