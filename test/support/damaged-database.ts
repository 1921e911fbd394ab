import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/storage/open-store.js';
import { LocalChangeBus, systemClock } from '../../src/system.js';
import { Chat, group } from './chat.js';
import { createTemporaryFolder } from './temporary-folder.js';

const PAGE_BYTES = 4096;

export const DAMAGED = group('damaged');
export const SOUND = group('sound');

export interface DatabaseFile extends Disposable {
  readonly path: string;
}

/** Two groups of ann and bob with many messages each, in one file. */
export async function createDatabase(): Promise<DatabaseFile> {
  const folder = createTemporaryFolder();
  const path = join(folder.path, 'tidemark.db');
  const store = await openStore({ db: path, clock: systemClock, changes: new LocalChangeBus() });
  const chat = new Chat(store);
  for (const channel of [DAMAGED, SOUND]) {
    await chat.join(channel, 'ann', 'bob');
    const text = `${markOf(channel)} ${'x'.repeat(500)}`;
    await Promise.all(Array.from({ length: 200 }, () => chat.send('ann', channel, { text })));
  }
  await store.close();
  return { path, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** Overwrites every page that holds messages of the one group and none of the other. */
export function damageMessages(path: string): void {
  const bytes = readFileSync(path);
  let damaged = 0;
  for (let start = 0; start < bytes.length; start += PAGE_BYTES) {
    const page = bytes.subarray(start, start + PAGE_BYTES);
    if (!page.includes(markOf(DAMAGED)) || page.includes(markOf(SOUND))) continue;
    page.fill(0xa5);
    damaged += 1;
  }
  if (damaged === 0) throw new Error('there was nothing to damage');
  writeFileSync(path, bytes);
}

function markOf({ name }: { readonly name: string }): string {
  return `message of ${name}`;
}
