import { burst } from './rows/burst.js';
import { growth, growthOnPostgres, unseen } from './rows/growth.js';
import { memory } from './rows/memory.js';
import { onPostgres } from './rows/on-postgres.js';
import { reads } from './rows/reads.js';
import { groupSizes, sends } from './rows/send.js';
import { wait } from './rows/wait.js';
import { workers } from './rows/workers.js';
import type { Station } from './rows/bench.js';

/** In the order of the table. */
export const STATIONS: readonly Station[] = [
  reads,
  sends,
  groupSizes,
  growth,
  unseen,
  wait,
  memory,
  burst,
  workers,
  onPostgres,
  growthOnPostgres,
];

export const ROW_IDS = STATIONS.flatMap(({ ids }) => ids);
