import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../domain/errors.js';
import { GroupCommit } from './group-commit.js';
import { openDatabase } from './open-database.js';
import type { Committed, Group, ThreadOutcome } from './thread-committer.js';
import type { Outcome } from '../sql/write-operations.js';

/** The thread that `ThreadCommitter` starts: it commits what it is sent until it is told to close. */
function serve(): void {
  const port = parentPort;
  if (!port) throw new Error('this is no thread');
  const { path } = workerData as { readonly path: string };
  const database = openDatabase(path);
  const group = new GroupCommit(database);
  port.on('message', (message: Group | 'close') => {
    if (message === 'close') {
      database.close();
      port.close();
      return;
    }
    const { outcomes, changes } = group.commit(message.requests, message.nowMs);
    port.postMessage({ outcomes: outcomes.map(toThreadOutcome), changes } satisfies Committed);
  });
  port.postMessage('ready');
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
