import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { startCli, type Serving } from './tidemark-process.js';
import { createTemporaryFolder } from './temporary-folder.js';

/** A server whose disk is about to be full. */
export interface CrampedServer extends AsyncDisposable {
  readonly server: Serving;
  readonly db: string;
  makeRoom(): void;
}

export interface FullDisk {
  readonly name: string;
  start(): Promise<CrampedServer>;
}

/** The kernel refuses to make the server's files larger than they are. Works wherever prlimit is. */
const fileSizeLimit: FullDisk = {
  name: 'files must not grow (EFBIG)',
  start: async () => {
    const folder = createTemporaryFolder();
    const db = join(folder.path, 'tidemark.db');
    const server = await startCli(['--db', db]);
    const limit = (bytes: number | 'unlimited'): void => {
      execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:`]);
    };
    limit(statSync(`${db}-wal`).size + 1_500_000);
    return {
      server,
      db,
      makeRoom: () => limit('unlimited'),
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    };
  },
};

const smallDisk: FullDisk = {
  name: 'no space on the disk (ENOSPC)',
  start: async () => {
    const folder = createTemporaryFolder();
    mount(folder.path, 'size=2m');
    const db = join(folder.path, 'tidemark.db');
    const server = await startCli(['--db', db]);
    return {
      server,
      db,
      makeRoom: () => mount(folder.path, 'remount,size=64m'),
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        execFileSync('umount', [folder.path]);
        folder[Symbol.dispose]();
      },
    };
  },
};

function mount(path: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
}

/** Only root may mount, and not in every container. */
function mayMount(): boolean {
  using folder = createTemporaryFolder();
  try {
    mount(folder.path, 'size=64k');
  } catch {
    return false;
  }
  execFileSync('umount', [folder.path]);
  return true;
}

/** The ways in which a disk can be full here; there is always one. */
export function listFullDisks(): FullDisk[] {
  return mayMount() ? [fileSizeLimit, smallDisk] : [fileSizeLimit];
}
