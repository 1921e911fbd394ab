import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { AppError } from '../../domain/errors.js';
import { GroupCommit } from './group-commit.js';
import { openDatabase } from './open-database.js';
import type { Batch, Committed, ThreadOutcome } from './thread-committer.js';
import type { Outcome } from '../sql/write-operations.js';

/** The thread that `ThreadCommitter` starts: it commits what it is sent until it is told to close. */
function serve(): void {
  const port = parentPort;
  if (!port) throw new Error('this is no thread');
  const { path } = workerData as { readonly path: string };
  const database = openDatabase(path);
  const group = new GroupCommit(database);
  port.on('message', (first: Batch | 'close') => {
    const batches: Batch[] = [];
    let isClosing = false;
    // Whatever has arrived while the last transaction was committed is there to be taken.
    for (let next: unknown = first; next !== undefined; next = receiveMessageOnPort(port)?.message) {
      if (next === 'close') isClosing = true;
      else batches.push(next as Batch);
    }
    if (batches.length > 0) port.postMessage(commit(group, batches));
    if (isClosing) {
      database.close();
      port.close();
    }
  });
  port.postMessage('ready');
}

function commit(group: GroupCommit, batches: readonly Batch[]): Committed {
  const requests = batches.flatMap((batch) => batch.requests);
  const { outcomes, changes } = group.commit(requests, batches.at(-1)?.nowMs ?? 0);
  let start = 0;
  const parts = batches.map(({ id, requests: { length } }) => {
    start += length;
    return { id, outcomes: outcomes.slice(start - length, start).map(toThreadOutcome) };
  });
  return { batches: parts, changes };
}

function toThreadOutcome(outcome: Outcome): ThreadOutcome {
  if ('result' in outcome) return outcome;
  const { error } = outcome;
  if (!(error instanceof AppError)) {
    return { failure: { code: 'INTERNAL', message: 'a write failed', cause: describe(error) } };
  }
  const { code, message, field, cause } = error;
  const reasons = {
    ...(field !== undefined && { field }),
    ...(cause !== undefined && { cause: describe(cause) }),
  };
  return { failure: { code, message, ...reasons } };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

serve();
