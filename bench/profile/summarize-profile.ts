/** A profile as V8 writes it; what is of interest here. */
export interface CpuProfile {
  /** On the clock of `process.hrtime`, in µs, which all processes of a machine share. */
  readonly startTime: number;
  readonly nodes: readonly ProfileNode[];
  /** The node in which each sample was taken… */
  readonly samples: readonly number[];
  /** …and how long after the one before, in µs. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

export interface SelfTime {
  readonly name: string;
  /** The part of the busy time in which it was this function itself that ran, 0 to 1. */
  readonly share: number;
}

/** What V8 counts while nothing runs. */
const NOT_BUSY = new Set(['(idle)', '(root)']);

/** The functions that took most of the time themselves since `fromUs`, the greatest first. */
export function summarizeProfile(profile: CpuProfile, fromUs: number): SelfTime[] {
  const { nodes, samples, timeDeltas } = profile;
  const names = new Map(nodes.map((node) => [node.id, nameOf(node)]));
  const times = new Map<string, number>();
  let nowUs = profile.startTime;
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0;
    nowUs += delta;
    if (nowUs < fromUs) continue;
    const name = names.get(id) ?? '(unknown)';
    times.set(name, (times.get(name) ?? 0) + delta);
  }
  for (const name of NOT_BUSY) times.delete(name);
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .map(([name, time]) => ({ name, share: time / busy }))
    .toSorted((one, other) => other.share - one.share);
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const name = functionName || '(anonymous)';
  const file = url.split('/').slice(-2).join('/');
  return file === '' ? name : `${name} ${file}:${lineNumber + 1}`;
}
