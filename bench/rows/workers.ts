import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { conversationsShape, LIGHT } from '../datasets/shapes.js';
import { findPackageRoot } from '../package-root.js';
import { startTidemark } from '../processes/start-tidemark.js';
import { alternate, divide } from './alternate.js';
import type { Station } from './bench.js';
import { idlePolls } from './read-cases.js';
import { READ_CONNECTIONS } from './reads.js';
import { saturate, toSide } from './saturate.js';

const FLAG = '--workers';

export const workers: Station = {
  ids: ['workers'],
  run: async (bench) => {
    const title = '2 workers against 1 (two cores, so that the load generator competes)';
    const row = { id: 'workers', title, unit: '×' as const, target: undefined };
    const nothing = { subject: undefined, baseline: undefined, values: [] };
    if (!hasFlag()) return [{ ...row, ...nothing, note: `this version of the server has no ${FLAG}` }];
    bench.say(title);
    const { path: db } = bench.provide(conversationsShape(bench.scale));
    await using two = await startTidemark({ db, flags: [FLAG, '2'] });
    await using one = await startTidemark({ db, flags: [FLAG, '1'] });
    const requests = await idlePolls(one.url, LIGHT);
    const saturation = { requests, connections: READ_CONNECTIONS };
    const [ofTwo = [], ofOne = []] = await alternate(
      bench,
      [two, one].map((server) => saturate(bench, saturation, server)),
    );
    const subject = toSide('2 workers', ofTwo);
    const baseline = toSide('1 worker', ofOne);
    return [{ ...row, subject, baseline, values: divide(subject.values, baseline.values) }];
  },
};

function hasFlag(): boolean {
  const cli = join(findPackageRoot(), 'dist/cli.js');
  return execFileSync(process.execPath, [cli, 'serve', '--help'], { encoding: 'utf8' }).includes(FLAG);
}
