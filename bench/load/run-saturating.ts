import autocannon from 'autocannon';
import { NEW_ID, type Request } from './request.js';

/** As many requests as a number of connections get through, each sending its next one when it is answered. */
export interface SaturatingJob {
  readonly kind: 'saturating';
  readonly url: string;
  /** Further servers, each of which is asked just as the first one. */
  readonly otherUrls?: readonly string[];
  /** To all of them together. */
  readonly connections: number;
  readonly seconds: number;
  readonly requests: readonly Request[];
}

export interface SaturatingResult {
  /** Those that were answered. */
  readonly requests: number;
  readonly requestsPerSecond: number;
}

/** @throws Error when any request failed: a rate of errors is no result */
export async function runSaturating(job: SaturatingJob): Promise<SaturatingResult> {
  const urls = [job.url, ...(job.otherUrls ?? [])];
  const connections = Math.ceil(job.connections / urls.length);
  const results = await Promise.all(urls.map((url) => saturateOne({ ...job, url, connections })));
  const sum = (count: (result: SaturatingResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  return {
    requests: sum(({ requests }) => requests),
    requestsPerSecond: sum(({ requestsPerSecond }) => requestsPerSecond),
  };
}

async function saturateOne(job: Omit<SaturatingJob, 'otherUrls'>): Promise<SaturatingResult> {
  const result = await autocannon({
    url: job.url,
    connections: job.connections,
    duration: job.seconds,
    requests: job.requests.map(({ headers, ...request }) => ({ ...request, headers: { ...headers } })),
    idReplacement: job.requests.some(({ body }) => body?.includes(NEW_ID)),
    sampleInt: 10,
  });
  const { errors, timeouts, non2xx, start, finish } = result;
  if (errors + timeouts + non2xx > 0) {
    throw new Error(`${errors} errors, ${timeouts} timeouts, ${non2xx} refusals from ${job.url}`);
  }
  const requests = result['2xx'];
  return { requests, requestsPerSecond: (requests * 1000) / (finish.getTime() - start.getTime()) };
}
