import { constants, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Dataset, provideDataset } from './datasets/provide-dataset.js';
import type { Shape } from './datasets/shapes.js';
import { PostgresDatasets } from './datasets/postgres-datasets.js';
import { startLoadGenerator } from './load/load-generator.js';
import { describeEnvironment } from './report/environment.js';
import type { Run } from './report/results.js';
import type { Row } from './report/row.js';
import { profileServer, type ThreadProfile } from './profile/profile-server.js';
import type { Bench } from './rows/bench.js';
import { STATIONS } from './stations.js';

export interface BenchOptions {
  readonly isQuick: boolean;
  readonly rounds: number;
  /** Rows to measure; all when empty. */
  readonly only: readonly string[];
  readonly dataFolder: string;
  readonly keepsData: boolean;
  readonly say: (line: string) => void;
}

/** A quick run takes three minutes, where nothing else uses the machine. */
const QUICK = { scale: 0.1, seconds: 0.5, warmUpSeconds: 0.6 } as const;
const FULL = { scale: 1, seconds: 4, warmUpSeconds: 2 } as const;

/** Builds the data sets that are missing, and measures the rows that are wanted. */
export async function runBench(options: BenchOptions): Promise<Run> {
  const { isQuick, rounds } = options;
  return withBench(options, async (bench, datasets) => {
    const wants = wantedBy(options);
    const rows: Row[] = [];
    for (const station of STATIONS.filter(({ ids }) => ids.some(wants))) {
      rows.push(...(await station.run(bench, wants)));
    }
    const environment = describeEnvironment();
    return {
      isQuick,
      rounds,
      secondsPerLoad: bench.seconds,
      environment,
      datasets: [...datasets.values()],
      rows,
    };
  });
}

/** Writes a profile of the server under each kind of request that is wanted. */
export async function runProfiler(options: BenchOptions): Promise<ThreadProfile[]> {
  const folder = join(options.dataFolder, 'profiles');
  return withBench(options, (bench) => profileServer(bench, { folder, wants: wantedBy(options) }));
}

function wantedBy({ only }: BenchOptions): (id: string) => boolean {
  return (id) => only.length === 0 || only.includes(id);
}

/** Lends what rows need, and removes the copies that they wrote to. */
async function withBench<Result>(
  { isQuick, rounds, dataFolder, keepsData, say }: BenchOptions,
  use: (bench: Bench, datasets: ReadonlyMap<string, Dataset>) => Promise<Result>,
): Promise<Result> {
  mkdirSync(dataFolder, { recursive: true });
  const copies = mkdtempSync(join(dataFolder, 'copies-'));
  const datasets = new Map<string, Dataset>();
  const provide = (shape: Shape): Dataset => {
    const dataset =
      datasets.get(shape.name) ?? provideDataset(shape, { path: dataFolder, keepsOthers: keepsData, say });
    datasets.set(shape.name, dataset);
    return dataset;
  };
  const copy = ({ path }: Dataset): string => {
    const target = join(mkdtempSync(join(copies, 'db-')), 'copy.db');
    copyFileSync(path, target, constants.COPYFILE_FICLONE);
    return target;
  };
  const removeCopies = (): void => rmSync(copies, { recursive: true, force: true });
  process.once('exit', removeCopies);
  try {
    await using load = startLoadGenerator();
    await using postgres = new PostgresDatasets({ folder: dataFolder, provide, say });
    const provideOnPostgres = (shape: Shape): Promise<string> => postgres.provide(shape);
    const bench = { ...(isQuick ? QUICK : FULL), rounds, load, provide, provideOnPostgres, copy, say };
    return await use(bench, datasets);
  } finally {
    removeCopies();
    process.off('exit', removeCopies);
  }
}
