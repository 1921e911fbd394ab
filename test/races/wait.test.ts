import { describe, expect, test } from 'vitest';
import { createRandom } from '../support/random.js';
import { startServer } from '../support/server.js';
import { quickStoreKinds } from '../support/stores.js';
import { group, type WireConversation, type WukongClient } from '../support/wukong-client.js';

const GROUPS = ['g0', 'g1', 'g2'];
const MEMBERS = ['ann', 'ben', 'cat'];
const DEVICES = 8;
const MESSAGES = 150;

/** Follows its cursor by waiting until it has the last message of every group. Returns how it got there. */
async function follow(client: WukongClient, uid: string, wanted: number): Promise<{ empty: number }> {
  const seqs = new Map<string, number>();
  let version = 0;
  let empty = 0;
  while ([...seqs.values()].reduce((sum, seq) => sum + seq, 0) < wanted) {
    const rows = (await client.sync({ uid, version, wait: 30 })).ok<WireConversation[]>();
    if (rows.length === 0) empty += 1;
    for (const row of rows) seqs.set(row.channel_id, row.last_msg_seq);
    version = Math.max(version, ...rows.map((row) => row.version));
  }
  return { empty };
}

describe.each(quickStoreKinds)('waiting while others write, $name', (kind) => {
  test('WK-17: no change is slept through', async () => {
    const random = createRandom(`waiting on ${kind.name}`);
    await using server = await startServer({ kind });
    for (const name of GROUPS) await server.client.makeGroup(group(name), MEMBERS);
    const followers = MEMBERS.flatMap((uid) =>
      Array.from({ length: DEVICES }, () => follow(server.client, uid, MESSAGES)),
    );
    for (let sent = 0; sent < MESSAGES; sent += 1) {
      await server.client.say(random.pick(MEMBERS), group(random.pick(GROUPS)), `message ${sent}`);
    }
    // One that was missed would be found only when the time is up, by an empty reply.
    for (const { empty } of await Promise.all(followers)) expect(empty).toBe(0);
  });
});
