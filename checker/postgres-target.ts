import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SUPERUSER, PostgresCluster } from '../postgres-cluster/postgres-cluster.js';
import { PostgresReplica } from '../postgres-cluster/postgres-replica.js';
import { queryOnce } from '../postgres-cluster/query-once.js';
import { delayCommits } from './delay-commits.js';
import type { Faults, FaultsDeps } from './faults.js';
import { createPostgresFaults } from './postgres-faults.js';
import { randomFor, type Random } from './random.js';
import { ServerProcess } from './server-process.js';
import type { StoredRow } from './store-dump.js';
import type { Target } from './target.js';

interface PostgresTargetOptions {
  readonly servers: number;
  readonly workers: number;
  readonly seed: number;
  readonly readReplica: boolean;
}

/** A server, and the PostgreSQL user that only it is. */
export interface Node {
  readonly server: ServerProcess;
  readonly user: string;
}

interface Parts {
  readonly cluster: PostgresCluster;
  readonly replica: PostgresReplica | undefined;
  readonly url: string;
  readonly nodes: readonly Node[];
  readonly random: Random;
}

/** Servers on one PostgreSQL. Every request goes to one of those that are up, by chance. */
export class PostgresTarget implements Target {
  readonly kind: Target['kind'];
  readonly cluster: PostgresCluster;
  /** From which the server syncs. */
  readonly replica: PostgresReplica | undefined;
  readonly nodes: readonly Node[];
  /** Of the database, for somebody whom no fault concerns. */
  readonly url: string;
  readonly #random: Random;
  #gate: Promise<void> = Promise.resolve();
  #databaseDisturbedMs = 0;

  private constructor({ cluster, replica, url, nodes, random }: Parts) {
    const alone = replica ? 'one server on PostgreSQL with a replica' : 'one server on PostgreSQL';
    this.kind = nodes.length > 1 ? 'servers on PostgreSQL' : alone;
    this.cluster = cluster;
    this.replica = replica;
    this.nodes = nodes;
    this.url = url;
    this.#random = random;
  }

  static async start(options: PostgresTargetOptions): Promise<PostgresTarget> {
    const { servers, workers, seed, readReplica } = options;
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-check-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const cluster = await PostgresCluster.start();
    const url = await cluster.createDatabase();
    const users = Array.from({ length: servers }, (_, index) => `server${index}`);
    for (const user of users) await queryOnce(url, `CREATE ROLE ${user} LOGIN SUPERUSER`);
    const replica = readReplica ? await PostgresReplica.start(cluster) : undefined;
    // All at once: the first to come makes the tables.
    const nodes = await Promise.all(
      users.map(async (user) => {
        const db = url.replace(`//${SUPERUSER}@`, `//${user}@`);
        const readDb = replica?.urlOf(db);
        const clockPath = join(folder, `${user}-clock`);
        const server = await ServerProcess.start({ db, readDb, workers, clockPath });
        return { server, user };
      }),
    );
    await delayCommits(url);
    return new PostgresTarget({ cluster, replica, url, nodes, random: randomFor(seed, 'routes') });
  }

  lastDisturbedMs(baseUrl: string): number {
    const node = this.nodes.find(({ server }) => server.baseUrl === baseUrl);
    return Math.max(this.#databaseDisturbedMs, node?.server.lastDisturbedMs ?? 0);
  }

  async route(): Promise<string> {
    for (;;) {
      await this.#gate;
      const up = this.nodes.filter(({ server }) => server.isUp);
      if (up.length > 0) return this.#random.pick(up).server.baseUrl;
      await Promise.race(this.nodes.map(({ server }) => server.ready));
    }
  }

  /** Nobody asks any server until the returned function is called. */
  closeGate(): () => void {
    let open = (): void => undefined;
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }

  createApiKey(): Promise<string> {
    const [first] = this.nodes;
    if (first === undefined) throw new Error('there is no server');
    return first.server.createApiKey();
  }

  createFaults(deps: FaultsDeps): Faults {
    return createPostgresFaults({ ...deps, target: this });
  }

  /** Runs one statement as somebody whom no fault concerns. */
  async ask<Row extends object>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return queryOnce<Row>(this.url, text, parameters);
  }

  /** Breaks the database, or its sessions. */
  async disturb(fault: () => Promise<void>): Promise<void> {
    this.#databaseDisturbedMs = performance.now();
    await fault();
    this.#databaseDisturbedMs = performance.now();
  }

  async readLog(clientMsgNo: string): Promise<readonly StoredRow[]> {
    return this.ask<StoredRow>(
      `SELECT seq::integer, client_msg_no AS no, payload FROM messages
       WHERE community_id = 1 AND channel_id =
         (SELECT channel_id FROM messages WHERE community_id = 1 AND client_msg_no = $1)
       ORDER BY seq`,
      [clientMsgNo],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { server } of this.nodes) server[Symbol.dispose]();
    await this.replica?.[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
  }
}
