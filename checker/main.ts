import { Command, InvalidArgumentError } from 'commander';
import { runCheck, type Outcome } from './run-check.js';
import { PostgresTarget } from './postgres-target.js';
import { SqliteTarget } from './sqlite-target.js';
import type { Target } from './target.js';

const EXIT_FAILED = 1;
const SHOWN_REPLY = 4000;

interface Flags {
  readonly baseUrl?: string;
  readonly seconds: number;
  readonly seed: number;
  readonly db?: string;
  readonly workers: number;
  readonly servers: number;
  readonly readReplica?: true;
  readonly apiKey?: string;
  readonly kettleKey?: string;
  readonly json?: true;
}

const program = new Command('check:lossless')
  .description(
    'Writes to a server while many kinds of clients follow it, breaks what can break in between, and checks that ' +
      'none of them loses anything. Without --base-url it starts the built server itself, and kills it.',
  )
  .option('--base-url <url>', 'a running server; what it holds is not touched')
  .option('--seconds <number>', 'for how long', wholeNumber, 60)
  .option('--seed <number>', 'of a run to replay', wholeNumber, Math.floor(Math.random() * 2 ** 31))
  .option(
    '--db <path>',
    'database file of its own server, instead of one that is gone afterwards; postgres: a PostgreSQL of its own, which is broken, too',
  )
  .option('--servers <number>', 'how many servers of its own, with --db postgres', wholeNumber, 1)
  .option(
    '--read-replica',
    'lets its own server sync from a replica, whose replay is paused, with --db postgres',
  )
  .option('--workers <number>', 'how many processes each of its own servers has', wholeNumber, 1)
  .option('--api-key <key>', 'admin key, for a server that asks for one')
  .option(
    '--kettle-key <key>',
    'API key of community 1, to take the Kettle endpoints in; its own server has one',
  )
  .option('--json', 'prints the figures as JSON')
  .showHelpAfterError();

function wholeNumber(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number');
}

async function check({ baseUrl, ...flags }: Flags): Promise<Outcome> {
  if (baseUrl !== undefined) return runCheck({ ...flags, target: baseUrl.replace(/\/$/, '') });
  await using target = await startTarget(flags);
  return await runCheck({ ...flags, target, kettleKey: await target.createApiKey() });
}

function startTarget(flags: Omit<Flags, 'baseUrl'>): Promise<Target> {
  const { db, workers, servers, seed, readReplica = false } = flags;
  if (readReplica && (db !== 'postgres' || servers * workers > 1)) {
    // Of several processes, one may not have heard yet of what another one has acknowledged.
    throw new Error('a replica is for one process with --db postgres');
  }
  if (db === 'postgres') return PostgresTarget.start({ servers, workers, seed, readReplica });
  if (servers !== 1) throw new Error('several servers need a database that they share: --db postgres');
  return SqliteTarget.start({ db, workers });
}

function report(
  { figures, summary, violation, unseen }: Outcome,
  { seed, seconds, json, baseUrl, db, workers, servers, readReplica }: Flags,
): boolean {
  console.log(json === undefined ? figures.print(summary) : JSON.stringify(figures.toJson(summary), null, 2));
  const target = baseUrl === undefined ? '' : ` --base-url ${baseUrl}`;
  const file = db === undefined ? '' : ` --db ${db}${readReplica ? ' --read-replica' : ''}`;
  const processes = `${servers === 1 ? '' : ` --servers ${servers}`}${workers === 1 ? '' : ` --workers ${workers}`}`;
  const replay = `npm run check:lossless -- --seconds ${seconds} --seed ${seed}${target}${file}${processes}`;
  if (violation) {
    const { law, who, what, request, reply } = violation.details;
    console.error(`\nVIOLATION of "${law}", found by ${who}:\n  ${what}`);
    if (request !== undefined) console.error(`request: ${shorten(request)}`);
    if (reply !== undefined) console.error(`reply: ${shorten(reply)}`);
  } else if (unseen.length > 0) {
    console.error(
      `\nNothing was lost, but this was not seen once, so the run proves too little: ${unseen.join(', ')}`,
    );
  }
  const isGood = violation === undefined && unseen.length === 0;
  console.error(isGood ? `\nnothing lost (seed ${seed})` : `\nreplay: ${replay}`);
  return isGood;
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN_REPLY ? `${text.slice(0, SHOWN_REPLY)}… (${text.length} characters)` : text;
}

// Its servers go with this process, also when it is told to stop.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT_FAILED));

program.parse();
const flags = program.opts<Flags>();
console.error(`seed ${flags.seed}, ${flags.seconds} s against ${flags.baseUrl ?? 'a server of its own'}`);
process.exit(report(await check(flags), flags) ? 0 : EXIT_FAILED);
