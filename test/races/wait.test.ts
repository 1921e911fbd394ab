import { describe, expect, test } from 'vitest';
import { awaitConversations } from '../../src/engine/await-conversations.js';
import type { Store } from '../../src/ports/store.js';
import { systemClock } from '../../src/system.js';
import { Chat, pair } from '../support/chat.js';
import { createRandom } from '../support/random.js';
import { startServer } from '../support/server.js';
import { quickStoreKinds } from '../support/stores.js';
import { createTestEngine } from '../support/test-engine.js';
import { group, type WireConversation, type WukongClient } from '../support/wukong-client.js';

const GROUPS = ['g0', 'g1', 'g2'];
const MEMBERS = ['ann', 'ben', 'cat'];
const DEVICES = 8;
const MESSAGES = 150;

const INPUT = {
  communityId: 1,
  lastMsgSeqs: [],
  messageCount: 0,
  onlyUnread: false,
  excludeTypes: [],
  includeDeleted: false,
  window: { kind: 'all' as const },
};

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

/** What the server asks its store for while a client waits: what concerns him, and what is new for him. */
const QUESTIONS = ['listTopics', 'listConversations'] as const;

/** Lets something happen just before the store answers a question, or just after it has. */
function interrupt(
  store: Store,
  { question, moment }: { question: (typeof QUESTIONS)[number]; moment: 'before' | 'after' },
  happen: () => Promise<unknown>,
): void {
  const ask = store[question].bind(store) as (query: unknown) => Promise<never>;
  store[question] = async (query: unknown): Promise<never> => {
    if (moment === 'before') await happen();
    const answer = await ask(query);
    if (moment === 'after') await happen();
    return answer;
  };
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

  test('WK-17: nor is one that comes while the server makes ready to wait', async () => {
    for (const question of QUESTIONS) {
      for (const moment of ['before', 'after'] as const) {
        await using opened = await kind.open(systemClock);
        const { store } = opened;
        const chat = new Chat(store);
        await chat.send('ann', pair('ann', 'ben'));
        const after = await chat.position('ben');
        let asked = 0;
        interrupt(store, { question, moment }, async () => {
          asked += 1;
          // The first look, before it is known that there is something to wait for, is none of this.
          if (asked === (question === 'listTopics' ? 1 : 2)) await chat.send('ann', pair('ann', 'ben'));
        });
        const engine = createTestEngine(store, systemClock);
        const input = { ...INPUT, uid: 'ben', after };
        const page = await awaitConversations(engine, input, { maxMs: 500, onGone: () => {} });
        expect(page.conversations, `${moment} ${question}`).toHaveLength(1);
      }
    }
  });
});
