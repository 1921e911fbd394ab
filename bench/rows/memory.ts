import { conversationsShape, LIGHT } from '../datasets/shapes.js';
import { READERS } from '../datasets/user-class.js';
import type { Request } from '../load/request.js';
import { findResidentBytes } from '../processes/process-stats.js';
import { startTidemark } from '../processes/start-tidemark.js';
import { atMost } from '../report/row.js';
import type { Station } from './bench.js';
import { READ_CASES } from './read-cases.js';
import { READ_CONNECTIONS } from './reads.js';
import { saturate } from './saturate.js';
import { messagesOf } from './send.js';

/** A server that has been through every kind of request. */
export const memory: Station = {
  ids: ['memory'],
  run: async (bench) => {
    const title = 'resident memory at 1 000 000 conversations, after the run';
    bench.say(title);
    await using tidemark = await startTidemark({
      db: bench.copy(bench.provide(conversationsShape(bench.scale))),
    });
    for (const prepare of [...READ_CASES.map((readCase) => readCase.prepare), prepareMessages]) {
      const requests = await prepare(tidemark.url);
      await saturate(bench, { requests, connections: READ_CONNECTIONS }, tidemark)(bench.seconds);
    }
    const bytes = findResidentBytes(tidemark.pid);
    const values = bytes === undefined ? [] : [bytes / 1e6];
    const subject = { name: 'Tidemark', unit: 'MB' as const, values };
    return [
      { id: 'memory', title, subject, baseline: undefined, unit: 'MB', values, target: atMost(250, 'MB') },
    ];
  },
};

async function prepareMessages(): Promise<Request[]> {
  return messagesOf(LIGHT, READERS);
}
