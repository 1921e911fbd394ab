import { expect, test } from 'vitest';
import { isOnPostgres } from '../support/chosen-stores.js';
import { FakeClock } from '../support/fake-clock.js';
import { startServer, type TestServer } from '../support/server.js';
import { quickSqlKind } from '../support/stores.js';
import { group, payloadOf } from '../support/wukong-client.js';

/** Fewer where each handful waits for a disk. */
const UPDATES = isOnPostgres ? 10_000 : 100_000;
const UPDATES_PER_MS = 500;
/** They arrive together, and one of the pollers asks after each such handful. */
const HANDFUL = 50;
const CONVERSATIONS = 50;
const POLLERS = 30;

interface Conversation {
  readonly channel_id: string;
  readonly last_msg_seq: number;
  readonly version: number;
}

/** The loop of WuKongIM's documentation, as it stands there, but for how a request is sent. */
function createPoller(server: TestServer) {
  const list = new Map<string, number>();
  let lastSyncVersion = 0;

  async function syncConversations(request: object): Promise<Conversation[]> {
    const response = await server.app.inject({
      method: 'POST',
      url: '/conversation/sync',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(request),
    });
    return JSON.parse(response.body) as Conversation[];
  }

  function updateConversationList(conversations: readonly Conversation[]): void {
    for (const { channel_id: id, last_msg_seq: seq } of conversations) list.set(id, seq);
  }

  async function periodicSync(): Promise<void> {
    const conversations = await syncConversations({ uid: 'reader', version: lastSyncVersion, msg_count: 1 });
    if (conversations.length > 0) {
      updateConversationList(conversations);
      lastSyncVersion = Math.max(...conversations.map((c) => c.version));
    }
  }

  return { list, periodicSync };
}

test(`SY-2 (C11): of ${UPDATES} updates 2 µs apart, 30 pollers with the documented JavaScript lose none`, async () => {
  const clock = new FakeClock();
  await using server = await startServer({ clock, kind: quickSqlKind });
  const ids = Array.from({ length: CONVERSATIONS }, (_, index) => `group${index}`);
  for (const id of ids) await server.client.makeGroup(group(id), ['reader', 'writer']);
  const pollers = Array.from({ length: POLLERS }, () => createPoller(server));
  const newest = new Map<string, number>();
  const payload = Buffer.from(payloadOf('an update'), 'base64');

  const update = async (index: number): Promise<void> => {
    const name = ids[(index * 7) % CONVERSATIONS] ?? '';
    const sent = await server.engine.store.sendMessage({
      communityId: 1,
      channel: { type: 2, name },
      fromUid: 'writer',
      clientMsgNo: `no${index}`,
      payload,
      redDot: true,
      setting: 0,
      expireSeconds: 0,
      asMember: false,
    });
    newest.set(name, sent.seq);
  };

  let lost = 0;
  let polls = 0;
  for (let done = 0; done < UPDATES; done += HANDFUL) {
    await Promise.all(Array.from({ length: HANDFUL }, (_, index) => update(done + index)));
    if ((done + HANDFUL) % UPDATES_PER_MS === 0) clock.move(1);
    const poller = pollers[polls % POLLERS];
    await poller?.periodicSync();
    polls += 1;
    for (const [name, seq] of newest) if (poller?.list.get(name) !== seq) lost += 1;
  }
  expect(lost).toBe(0);
  expect([...newest.values()].reduce((sum, seq) => sum + seq)).toBe(UPDATES);
}, 120_000);
