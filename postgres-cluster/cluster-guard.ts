import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Told by lines which process to end; when there are no more lines, it does so, and removes the folder. */
const SCRIPT = `
trap '' INT TERM HUP
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  kill -QUIT "$pid" 2>/dev/null
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
fi
rm -rf "$1"
`;

/** Outlives this process, however that ends, and then sees to it that nothing of a cluster stays behind. */
export interface ClusterGuard {
  /** From now on this process is to be ended; undefined when there is none. */
  watch(this: void, pid: number | undefined): void;
  /** Ends it now. */
  release(this: void): Promise<void>;
}

export function startClusterGuard(folder: string): ClusterGuard {
  // The end of its input is the one sign that comes even after kill -9.
  const child = spawn('sh', ['-c', SCRIPT, 'cluster-guard', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = once(child, 'exit');
  child.unref();
  return {
    watch: (pid) => void child.stdin.write(`${pid ?? ''}\n`),
    release: async () => {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}
