import { isDeepStrictEqual } from 'node:util';
import type { BaselineJob, BaselineResult } from '../baselines/serve-baseline.js';
import { send, sendAll, type Request } from '../load/request.js';
import { startChildProgram } from '../processes/child-program.js';
import type { Contestant } from './saturate.js';

/** A baseline in a process of its own. */
export interface Baseline extends Contestant, AsyncDisposable {
  do(this: void, job: BaselineJob): Promise<BaselineResult>;
}

export async function startBaseline(job: Exclude<BaselineJob, { answers: unknown }>): Promise<Baseline> {
  const program = startChildProgram<BaselineJob, BaselineResult>('baselines/serve-baseline.js');
  return { ...program, url: await program.do(job) };
}

/** Lets the bare server answer these requests with what Tidemark answers now. */
export async function teachBare(
  bare: Baseline,
  tidemark: Contestant,
  requests: readonly Request[],
): Promise<void> {
  const replies = await sendAll(tidemark.url, requests);
  const answers = requests.map((request, index) => [askerOf(request), replies[index] ?? ''] as const);
  await bare.do({ answers });
}

/** Who asks, as the bare server finds it out: by the token or by the body. */
function askerOf({ headers, body }: Request): string {
  if (body === undefined) return headers['authorization'] ?? '';
  const fields = JSON.parse(body) as { uid?: string; from_uid?: string };
  return fields.uid ?? fields.from_uid ?? '';
}

interface Compared {
  readonly tidemark: Contestant;
  readonly bare: Contestant;
  readonly naive: Contestant | undefined;
}

/** @throws Error unless bare replies have Tidemark's bytes, and naive ones the same data */
export async function requireSameReplies(request: Request, compared: Compared): Promise<void> {
  const expected = await send(compared.tidemark.url, request);
  const bare = await send(compared.bare.url, request);
  if (bare !== expected) throw new Error(`the bare server answers ${request.path} with other bytes`);
  if (!compared.naive) return;
  const naive = await send(compared.naive.url, request);
  if (!isDeepStrictEqual(JSON.parse(naive), JSON.parse(expected))) {
    throw new Error(`the naive server answers ${request.path} with other data`);
  }
}
