import { versionAt } from '../domain/version.js';
import type { Engine } from './engine.js';

const BATCH = 1000;

/**
 * Forgets memberships that ended longer than `retentionMs` ago, and the messages of deleted channels.
 * Clients that have not heard of such an end by then start over with a full snapshot.
 */
export async function purgeTombstones({ store, clock }: Engine, retentionMs: number): Promise<number> {
  const before = versionAt(Math.max(0, clock.nowMs() - retentionMs));
  const memberships = await repeat(() => store.purgeMemberships({ before, limit: BATCH }));
  const messages = await repeat(() => store.purgeMessages({ limit: BATCH }));
  return memberships + messages;
}

async function repeat(purgeBatch: () => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    // One batch after the other, so that other writes get in between.
    const purged = await purgeBatch();
    total += purged;
    if (purged < BATCH) return total;
  }
}
