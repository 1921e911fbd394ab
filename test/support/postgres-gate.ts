import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createTemporaryFolder } from './temporary-folder.js';

const SOCKET = '.s.PGSQL.5432';

/** What stands between a server and its PostgreSQL, as a network does. */
export interface PostgresGate extends AsyncDisposable {
  /** Of the database behind it. */
  urlOf(url: string): string;
  /** Where new connections lead from now on; those that are there stay. */
  leadTo(folder: string): void;
  /** Nothing comes through any more, and nobody is told. New connections are another matter. */
  freeze(): void;
}

/** Leads to the PostgreSQL whose socket is in `folder`. */
export async function openPostgresGate(folder: string): Promise<PostgresGate> {
  const own = createTemporaryFolder();
  const pairs = new Set<readonly [Socket, Socket]>();
  let target = folder;
  const server = createServer((near) => {
    const far = connect(join(target, SOCKET));
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (chunk: Buffer) => void (pairs.has(pair) && to.write(chunk)));
      from.on('error', () => undefined);
      from.on('close', () => void (pairs.has(pair) && to.destroy()));
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(join(own.path, SOCKET), resolve);
  });
  const frozen: Socket[] = [];
  return {
    urlOf: (url) => url.replace(/host=[^&]*/, `host=${encodeURI(own.path)}`),
    leadTo: (other) => void (target = other),
    freeze: () => {
      // Not even that the other side has hung up.
      for (const socket of [...pairs].flat()) frozen.push(socket.pause());
      pairs.clear();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of [...frozen, ...[...pairs].flat()]) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      own[Symbol.dispose]();
    },
  };
}
