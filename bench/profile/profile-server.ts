import { mkdirSync, readFileSync } from 'node:fs';
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

export interface ServerProfile {
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

export const PROFILE_IDS = CASES.map(({ id }) => id);

/** One server for each kind of request, so that each profile shows one kind. */
export async function profileServer(
  bench: Bench,
  { folder, wants }: { folder: string; wants: (id: string) => boolean },
): Promise<ServerProfile[]> {
  mkdirSync(folder, { recursive: true });
  const db = bench.copy(bench.provide(conversationsShape(bench.scale)));
  const profiles: ServerProfile[] = [];
  for (const { id, title, prepare } of CASES.filter((one) => wants(one.id))) {
    bench.say(`profiling ${title}`);
    const name = `${id}.cpuprofile`;
    const path = join(folder, name);
    const fromUs = await writeProfile(bench, { db, prepare, nodeFlags: profilerFlags(folder, name) });
    const profile = JSON.parse(readFileSync(path, 'utf8')) as CpuProfile;
    profiles.push({ title, path, top: summarizeProfile(profile, fromUs).slice(0, TOP) });
  }
  return profiles;
}

function profilerFlags(folder: string, name: string): string[] {
  return ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-name', name];
}

interface Profiled {
  readonly db: string;
  readonly nodeFlags: readonly string[];
  readonly prepare: (url: string) => Promise<Request[]>;
}

/** Node.js writes it when the server ends. Returns when the server was warm, in µs. */
async function writeProfile({ load }: Bench, { db, nodeFlags, prepare }: Profiled): Promise<number> {
  await using tidemark = await startTidemark({ db, nodeFlags });
  const requests = await prepare(tidemark.url);
  const run = saturate({ load }, { requests, connections: READ_CONNECTIONS }, tidemark);
  await run(WARM_UP_SECONDS);
  const fromUs = Number(process.hrtime.bigint() / 1000n);
  await run(SECONDS);
  return fromUs;
}

export function renderProfiles(profiles: readonly ServerProfile[]): string {
  return profiles
    .map(({ title, path, top }) => {
      const lines = top.map(({ name, share }) => `${(share * 100).toFixed(1).padStart(6)} %  ${name}`);
      return [title, ...lines, `        ${path}`, ''].join('\n');
    })
    .join('\n');
}
