import { readFileSync } from 'node:fs';

/** Of Linux's /proc, whose unit of time is the same on every machine. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process and its children have used so far; undefined where the system does not tell. */
export function findCpuSeconds(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is a name in parentheses, which may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields) return undefined;
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  return childrenOf(pid).reduce((sum, child) => sum + (findCpuSeconds(child) ?? 0), own);
}

function childrenOf(pid: number): number[] {
  const pids = read(`/proc/${pid}/task/${pid}/children`)?.match(/\d+/g) ?? [];
  return pids.map(Number);
}

/** Resident memory of a process; undefined where the system does not tell. */
export function findResidentBytes(pid: number): number | undefined {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '') ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** How many files and sockets this process may open; Node.js raises the soft limit to the hard one by itself. */
export function findOpenFilesLimit(): number | undefined {
  const [, limit] = /^Max open files\s+(\d+)/m.exec(read('/proc/self/limits') ?? '') ?? [];
  return limit === undefined ? undefined : Number(limit);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
