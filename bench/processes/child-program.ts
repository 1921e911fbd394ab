import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program of the bench that runs in a process of its own and does one job after the other. */
export interface ChildProgram<Job, Result> extends AsyncDisposable {
  readonly pid: number;
  do(this: void, job: Job): Promise<Result>;
}

type Answer<Result> = { readonly result: Result } | { readonly failure: string };

/** Starts `path`, which is relative to the bench's folder and calls `doJobs`. */
export function startChildProgram<Job extends object, Result>(path: string): ChildProgram<Job, Result> {
  const child = fork(fileURLToPath(new URL(`../${path}`, import.meta.url)));
  const ended = once(child, 'exit');
  const broken = ended.then(() => {
    throw new Error(`${path} has ended before its job was done`);
  });
  broken.catch(() => {});
  return {
    pid: child.pid ?? 0,
    do: async (job) => {
      const answered = once(child, 'message') as Promise<[Answer<Result>]>;
      child.send(job);
      const [answer] = await Promise.race([answered, broken]);
      if ('failure' in answer) throw new Error(answer.failure);
      return answer.result;
    },
    [Symbol.asyncDispose]: () => end(child, ended),
  };
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

/** The other side: answers every job that comes, until the process that started this one goes away. */
export function doJobs(work: (job: never) => Promise<unknown>): void {
  const answer = async (job: unknown): Promise<void> => {
    const reply: Answer<unknown> = await work(job as never).then(
      (result) => ({ result }),
      (error: unknown) => ({ failure: describe(error) }),
    );
    process.send?.(reply);
  };
  process.on('message', (job) => void answer(job));
  process.once('disconnect', () => process.exit());
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
