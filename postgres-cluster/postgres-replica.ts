import { randomUUID } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { giveToClusterOwner } from './cluster-owner.js';
import { copyDataFolder } from './copy-data-folder.js';
import { PostgresCluster, SUPERUSER } from './postgres-cluster.js';
import { queryOnce } from './query-once.js';

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 5;

/** A server that follows another one by streaming replication, and is read only. */
export class PostgresReplica implements AsyncDisposable {
  readonly cluster: PostgresCluster;
  readonly #primary: PostgresCluster;

  private constructor(cluster: PostgresCluster, primary: PostgresCluster) {
    this.cluster = cluster;
    this.#primary = primary;
  }

  /** A copy of a primary that may be in use. Resolves when it has caught up. */
  static async start(primary: PostgresCluster): Promise<PostgresReplica> {
    const session = new Client({ connectionString: primary.url });
    await session.connect();
    try {
      // The log since now is kept for as long as this session lasts: until the replica reads it for itself.
      const slot = `replica_${randomUUID().replaceAll('-', '')}`;
      await session.query('SELECT pg_create_physical_replication_slot($1, true, true)', [slot]);
      const fill = (dataFolder: string): Promise<void> => backUp(primary, session, dataFolder);
      const cluster = await PostgresCluster.startFrom(fill, { settings: primary.settings });
      const replica = new PostgresReplica(cluster, primary);
      await replica.catchUp();
      return replica;
    } finally {
      await session.end();
    }
  }

  /** Of the same database, here. */
  urlOf(primaryUrl: string): string {
    return primaryUrl.replace(encodeURI(this.#primary.folder), encodeURI(this.cluster.folder));
  }

  /** It goes on receiving, but shows nothing newer than now. */
  async pauseReplay(): Promise<void> {
    await queryOnce(this.cluster.url, 'SELECT pg_wal_replay_pause()');
    await this.#until("SELECT pg_get_wal_replay_pause_state() = 'paused' AS is_so", []);
  }

  async resumeReplay(): Promise<void> {
    await queryOnce(this.cluster.url, 'SELECT pg_wal_replay_resume()');
  }

  /** Resolves when it shows all that is committed on the primary now. */
  async catchUp(): Promise<void> {
    const [row] = await queryOnce<{ lsn: string }>(this.#primary.url, 'SELECT pg_current_wal_lsn() AS lsn');
    await this.#until('SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS is_so', [row?.lsn]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
  }

  async #until(text: string, parameters: readonly unknown[]): Promise<void> {
    const giveUpMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const [row] = await queryOnce<{ is_so: boolean | null }>(this.cluster.url, text, parameters);
      if (row?.is_so === true) return;
      if (performance.now() > giveUpMs) throw new Error(`the replica is not there yet: ${text}`);
      await sleep(LOOK_EVERY_MS);
    }
  }
}

/** What pg_basebackup does, which the package does not have. */
async function backUp(primary: PostgresCluster, session: Client, dataFolder: string): Promise<void> {
  await session.query("SELECT pg_backup_start('replica', true)");
  await copyDataFolder(primary.dataFolder, dataFolder);
  const { rows } = await session.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
  const connection = `primary_conninfo = 'host=''${primary.folder}'' user=${SUPERUSER}'\n`;
  appendFileSync(join(dataFolder, 'postgresql.auto.conf'), connection);
  for (const [name, text] of [
    ['backup_label', rows[0]?.labelfile ?? ''],
    ['standby.signal', ''],
  ] as const) {
    writeFileSync(join(dataFolder, name), text);
    giveToClusterOwner(join(dataFolder, name));
  }
}
