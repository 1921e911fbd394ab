import { constants, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Dataset, provideDataset } from './datasets/provide-dataset.js';
import type { Shape } from './datasets/shapes.js';
import { startLoadGenerator } from './load/load-generator.js';
import { describeEnvironment } from './report/environment.js';
import type { Run } from './report/results.js';
import type { Row } from './report/row.js';
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

/** Long enough that a round is more than noise; short enough that a quick run takes less than two minutes. */
const SECONDS_PER_LOAD = { quick: 0.7, full: 5 };

/** Builds the data sets that are missing, measures the rows that are wanted, and removes what was written to. */
export async function runBench(options: BenchOptions): Promise<Run> {
  const { isQuick, rounds, only, say } = options;
  mkdirSync(options.dataFolder, { recursive: true });
  const copies = mkdtempSync(join(options.dataFolder, 'copies-'));
  const datasets = new Map<string, Dataset>();
  const provide = (shape: Shape): Dataset => {
    const folder = { path: options.dataFolder, keepsOthers: options.keepsData, say };
    const dataset = datasets.get(shape.name) ?? provideDataset(shape, folder);
    datasets.set(shape.name, dataset);
    return dataset;
  };
  const copy = ({ path }: Dataset): string => {
    const target = join(mkdtempSync(join(copies, 'db-')), 'copy.db');
    copyFileSync(path, target, constants.COPYFILE_FICLONE);
    return target;
  };
  const secondsPerLoad = isQuick ? SECONDS_PER_LOAD.quick : SECONDS_PER_LOAD.full;
  await using load = startLoadGenerator();
  const bench = {
    scale: isQuick ? 0.1 : 1,
    rounds,
    seconds: secondsPerLoad,
    load,
    provide,
    copy,
    say,
  } as const;
  const wants = (id: string): boolean => only.length === 0 || only.includes(id);
  const rows: Row[] = [];
  try {
    for (const station of STATIONS.filter(({ ids }) => ids.some(wants))) {
      rows.push(...(await station.run(bench, wants)));
    }
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
  const environment = describeEnvironment();
  return { isQuick, rounds, secondsPerLoad, environment, datasets: [...datasets.values()], rows };
}
