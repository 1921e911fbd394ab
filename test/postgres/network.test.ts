import { expect, test, vi } from 'vitest';
import type { Change } from '../../src/ports/change.js';
import { ChangeListener } from '../../src/storage/postgres/change-listener.js';
import { Chat, group } from '../support/chat.js';
import { endSessions } from '../support/end-sessions.js';
import { FakeClock } from '../support/fake-clock.js';
import { openPostgresGate } from '../support/postgres-gate.js';
import { openBeside } from '../support/postgres-stores.js';
import { shareReplicatedPostgres } from '../support/replicated-postgres.js';

const team = group('team');
const PATIENCE = { timeout: 30_000, interval: 10 };

const postgres = shareReplicatedPostgres();

test('PG-6: a name that leads to a replica for a while is a database that is away', async () => {
  const { primary, replica } = postgres();
  const url = await postgres().createDatabase();
  await using gate = await openPostgresGate(primary.folder);
  const store = await openBeside(gate.urlOf(url), new FakeClock());
  const chat = new Chat(store);
  await chat.send('ann', team);
  await replica.catchUp();

  gate.leadTo(replica.cluster.folder);
  await endSessions(url);
  for (let turn = 0; turn < 5; turn += 1) {
    await expect(chat.send('ann', team)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(chat.rows('ann')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  }

  // Nobody ends the sessions on the replica.
  gate.leadTo(primary.folder);
  await vi.waitFor(() => chat.send('ann', team), PATIENCE);
  await vi.waitFor(async () => expect(await chat.rows('ann')).toMatchObject([{ lastSeq: 2 }]), PATIENCE);
  await store.close();
});

test('PG-4: a connection for announcements that is cut off without a word is replaced, too', async () => {
  const url = await postgres().createDatabase();
  await using gate = await openPostgresGate(postgres().primary.folder);
  const heard: Change[] = [];
  const listener = await ChangeListener.start({
    url: gate.urlOf(url),
    announce: (change) => heard.push(change),
    ownProcessId: () => undefined,
    heartbeat: { everyMs: 50, timeoutMs: 500 },
  });
  const writer = await openBeside(url, new FakeClock());
  const chat = new Chat(writer);
  gate.freeze();
  await chat.send('ann', team);
  await vi.waitFor(() => expect(heard).toMatchObject([{ communityId: 1, topics: 'all' }]), PATIENCE);
  await chat.send('ann', team);
  await vi.waitFor(() => expect(heard).toHaveLength(2), PATIENCE);
  expect(listener.isCurrent).toBe(true);
  await listener.close();
  await writer.close();
});

test('OP-2: a database that no longer answers does not hold up the end of a server', async () => {
  const url = await postgres().createDatabase();
  await using gate = await openPostgresGate(postgres().primary.folder);
  const store = await openBeside(gate.urlOf(url), new FakeClock());
  const chat = new Chat(store);
  await chat.send('ann', team);
  await Promise.all([chat.rows('ann'), chat.rows('ann')]);
  gate.freeze();
  const startedAtMs = performance.now();
  await store.close();
  expect(performance.now() - startedAtMs).toBeLessThan(6000);
});
