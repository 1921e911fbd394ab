import type { PostgresReplica } from '../postgres-cluster/postgres-replica.js';
import { queryOnce } from '../postgres-cluster/query-once.js';
import type { Fault } from './faults.js';
import type { Figures } from './figures.js';
import { pause } from './http-client.js';
import type { Random } from './random.js';

interface Broken {
  readonly replica: PostgresReplica;
  /** Of the servers' database there. */
  readonly url: string;
  readonly random: Random;
  readonly figures: Figures;
}

/** None of them disturbs anybody: the primary is there all the time. */
export function replicaFaults(broken: Broken): readonly Fault[] {
  const { replica, url, figures } = broken;
  let asked = 0;
  /** It stands still until the next time, whatever happens to the server meanwhile. */
  const pauseOrResume = async (): Promise<undefined> => {
    const state = await look(url);
    // A kill sets the count back.
    figures.saw('replica asked', Math.max(0, state.asked - asked));
    asked = state.asked;
    if (state.isPaused) {
      await replica.resumeReplay();
    } else {
      await replica.pauseReplay();
      figures.saw('replay paused');
    }
  };
  return [pauseOrResume, pauseOrResume, pauseOrResume, pauseOrResume, () => killReplica(broken)];
}

interface ReplayState {
  readonly isPaused: boolean;
  /** Transactions since it was started. */
  readonly asked: number;
}

async function look(url: string): Promise<ReplayState> {
  const [state] = await queryOnce<ReplayState>(
    url,
    `SELECT pg_is_wal_replay_paused() AS "isPaused", xact_commit::integer AS asked
     FROM pg_stat_database WHERE datname = current_database()`,
  );
  return state ?? { isPaused: false, asked: 0 };
}

async function killReplica({ replica, random, figures }: Broken): Promise<undefined> {
  await replica.cluster.kill();
  await pause(random.between(0, 500));
  await replica.cluster.resume();
  figures.saw('replica killed');
}
