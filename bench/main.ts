import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { findPackageRoot } from './package-root.js';
import { renderProfiles } from './profile/profile-server.js';
import { renderChart } from './report/chart.js';
import { renderResults, type Run } from './report/results.js';
import { renderNotes, renderTable } from './report/table.js';
import { runBench, runProfiler, type BenchOptions } from './run-bench.js';
import { ROW_IDS } from './stations.js';

interface Flags {
  readonly quick: boolean;
  readonly only: readonly string[];
  readonly rounds?: number;
  readonly profile: boolean;
  readonly keepData: boolean;
  readonly dataDir: string;
}

const ROUNDS = { quick: 3, full: 5 };

const program = new Command('bench')
  .description('measure the server against a bare and a naive one, on this machine')
  .option('--quick', 'a tenth of the data, and short loads', false)
  .option('--only <row>', `one row; may be repeated: ${ROW_IDS.join(', ')}`, collectRow, [])
  .option(
    '--rounds <number>',
    `rounds of each row (default ${ROUNDS.full}, quick ${ROUNDS.quick})`,
    readRounds,
  )
  .option('--profile', 'write CPU profiles of the server instead, and print where its time goes', false)
  .option('--data-dir <path>', 'where data sets are kept', join(findPackageRoot(), 'data/bench'))
  .option('--keep-data', 'keep data sets of other versions of the schema', false);

function collectRow(id: string, before: readonly string[]): string[] {
  if (!ROW_IDS.includes(id))
    throw new InvalidArgumentError(`There is no such row. Rows: ${ROW_IDS.join(', ')}`);
  return [...before, id];
}

function readRounds(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 99.');
  return Number(text);
}

// Servers and copies of data sets go with this process, also when it is told to stop.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { quick: isQuick, profile, ...flags } = program.parse().opts<Flags>();
const startMs = performance.now();
const options: BenchOptions = {
  isQuick,
  only: flags.only,
  rounds: flags.rounds ?? (isQuick ? ROUNDS.quick : ROUNDS.full),
  dataFolder: flags.dataDir,
  keepsData: flags.keepData,
  say: (line) => void process.stderr.write(`${secondsPassed().toString().padStart(4)} s  ${line}\n`),
};
if (profile) console.log(`\n${renderProfiles(await runProfiler(options))}`);
else report(await runBench(options));

function secondsPassed(): number {
  return Math.round((performance.now() - startMs) / 1000);
}

function report(run: Run): void {
  console.log(`\n${renderTable(run.rows)}\n\n${renderNotes(run.rows)}\n${describeRun(run)}`);
  // One row says nothing of the others: only a whole run is kept.
  if (options.only.length === 0) save(run);
}

function describeRun({ environment, rounds: count, secondsPerLoad, datasets }: Run): string {
  const { cores, cpu, system, versions, date } = environment;
  const sizes = datasets.map(({ name, bytes }) => `${name} ${Math.round(bytes / 1e6)} MB`);
  return [
    `${date.slice(0, 10)}, ${cores} cores of ${cpu}, ${system}, Node.js ${versions['node']}, SQLite ${versions['sqlite']}.`,
    `${count} rounds of ${secondsPerLoad} s, medians. Load generator and server are processes that share the cores.`,
    `Data sets: ${sizes.join(', ')}. The run took ${secondsPassed()} s.`,
  ].join('\n');
}

function save(whole: Run): void {
  const folder = join(findPackageRoot(), 'bench');
  const { date, cores, versions } = whole.environment;
  const caption = `Tidemark ${versions['tidemark']}, ${isQuick ? 'quick run, ' : ''}${cores} cores, Node.js ${versions['node']}, ${date.slice(0, 10)}`;
  writeFileSync(join(folder, 'results.json'), renderResults(whole));
  writeFileSync(join(folder, 'results.svg'), renderChart(whole.rows, caption));
  console.log('Written to bench/results.json and bench/results.svg.');
}
