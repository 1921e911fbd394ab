import Database from 'better-sqlite3';
import { doJobs } from '../processes/child-program.js';
import { createBare } from './create-bare.js';
import { createNaive } from './create-naive.js';

/** Serve one of the two; or give the bare one other answers. */
export type BaselineJob =
  | { readonly serve: 'bare' }
  | { readonly serve: 'naive'; readonly db: string }
  | { readonly answers: readonly (readonly [asker: string, reply: string])[] };

/** Where it serves; empty after a change of answers. */
export type BaselineResult = string;

const answers = new Map<string, string>();

doJobs(async (job: BaselineJob): Promise<BaselineResult> => {
  if ('answers' in job) {
    answers.clear();
    for (const [asker, reply] of job.answers) answers.set(asker, reply);
    return '';
  }
  const app =
    job.serve === 'bare' ? createBare(answers) : createNaive(new Database(job.db, { readonly: true }));
  return app.listen({ host: '127.0.0.1', port: 0 });
});
