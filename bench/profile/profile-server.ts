import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { conversationsShape, LIGHT } from '../datasets/shapes.js';
import { READERS } from '../datasets/user-class.js';
import type { Request } from '../load/request.js';
import { startTidemark } from '../processes/start-tidemark.js';
import type { Bench } from '../rows/bench.js';
import { READ_CASES } from '../rows/read-cases.js';
import { READ_CONNECTIONS } from '../rows/reads.js';
import { saturate } from '../rows/saturate.js';
import { messagesOf } from '../rows/send.js';
import { summarizeProfile, type CpuProfile, type SelfTime } from './summarize-profile.js';

/** One thread of a server under one kind of request. */
export interface ThreadProfile {
  readonly title: string;
  readonly path: string;
  readonly top: readonly SelfTime[];
}

const TOP = 15;

const WARM_UP_SECONDS = 1;
const SECONDS = 4;

const CASES = [
  ...READ_CASES,
  { id: 'send', title: '`POST /message/send`', prepare: async () => messagesOf(LIGHT, READERS) },
];

/** One server for each kind of request, so that each profile shows one kind. */
export async function profileServer(
  bench: Bench,
  { folder, wants }: { folder: string; wants: (id: string) => boolean },
): Promise<ThreadProfile[]> {
  const db = bench.copy(bench.provide(conversationsShape(bench.scale)));
  const profiles: ThreadProfile[] = [];
  for (const { id, title, prepare } of CASES.filter((one) => wants(one.id))) {
    bench.say(`profiling ${title}`);
    const ownFolder = join(folder, id);
    rmSync(ownFolder, { recursive: true, force: true });
    const fromUs = await writeProfiles(bench, { db, prepare, folder: ownFolder });
    profiles.push(...readProfiles(ownFolder, { title, fromUs }));
  }
  return profiles;
}

interface Profiled {
  readonly db: string;
  readonly folder: string;
  readonly prepare: (url: string) => Promise<Request[]>;
}

/** Node.js writes one for each thread when the server ends. Returns when the server was warm, in µs. */
async function writeProfiles({ load }: Bench, { db, folder, prepare }: Profiled): Promise<number> {
  await using tidemark = await startTidemark({ db, nodeFlags: ['--cpu-prof', '--cpu-prof-dir', folder] });
  const requests = await prepare(tidemark.url);
  const run = saturate({ load }, { requests, connections: READ_CONNECTIONS }, tidemark);
  await run(WARM_UP_SECONDS);
  const fromUs = Number(process.hrtime.bigint() / 1000n);
  await run(SECONDS);
  return fromUs;
}

/** By the names that Node.js gives: `CPU.<day>.<time>.<process>.<thread>.<number>.cpuprofile`. */
function readProfiles(folder: string, { title, fromUs }: { title: string; fromUs: number }): ThreadProfile[] {
  return readdirSync(folder)
    .map((name) => ({ name, thread: Number(name.split('.')[4]) }))
    .toSorted((one, other) => one.thread - other.thread)
    .map(({ name, thread }) => {
      const path = join(folder, name);
      const profile = JSON.parse(readFileSync(path, 'utf8')) as CpuProfile;
      const which = thread === 0 ? 'main thread' : `thread ${thread}`;
      return { title: `${title}: ${which}`, path, top: summarizeProfile(profile, fromUs).slice(0, TOP) };
    })
    .filter(({ top }) => top.length > 0);
}

export function renderProfiles(profiles: readonly ThreadProfile[]): string {
  return profiles
    .map(({ title, path, top }) => {
      const lines = top.map(({ name, share }) => `${(share * 100).toFixed(1).padStart(6)} %  ${name}`);
      return [title, ...lines, `          ${path}`, ''].join('\n');
    })
    .join('\n');
}
