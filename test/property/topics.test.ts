import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Topic } from '../../src/domain/topic.js';
import type { Store } from '../../src/ports/store.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import { FakeClock } from '../support/fake-clock.js';
import { COMMUNITIES, commands, histories, runCommand, USERS } from '../support/history.js';
import { RoomChat } from '../support/room-chat.js';
import { anyStep, begin, outcomeOf, type Side } from '../support/room-history.js';
import type { StoreKind } from '../support/opened-store.js';
import { memoryKind, quickSqlKind, quickStoreKinds } from '../support/stores.js';
import { type HistoryWorld, openWorld } from '../support/world.js';

/** Collects what a store announces, as `community/topic`. */
function listen(store: Store): { take: () => string[] } {
  let heard = new Set<string>();
  store.watch(({ communityId, topics }) => {
    if (topics === 'all') throw new Error('it is not said which');
    for (const topic of topics) heard.add(nameOf(communityId, topic));
  });
  return {
    take: () => {
      const taken = [...heard].toSorted();
      heard = new Set();
      return taken;
    },
  };
}

function nameOf(communityId: number, topic: Topic): string {
  return `${communityId}/${topic}`;
}

interface Listener {
  readonly communityId: number;
  readonly uid: string;
}

const LISTENERS = COMMUNITIES.flatMap((communityId) => USERS.map((uid) => ({ communityId, uid })));

/** What someone who waits knows of the world: where he stands, and what would wake him. */
async function lookAround(world: HistoryWorld, { communityId, uid }: Listener) {
  const position = await world.chat(communityId).position(uid);
  const topics = await world.store.listTopics({ communityId, uid });
  return { position, topics: topics.map((topic) => nameOf(communityId, topic)) };
}

async function openRooms(kind: StoreKind): Promise<Side & AsyncDisposable> {
  const clock = new FakeClock();
  const opened = await kind.open(clock);
  const side = { rooms: new RoomChat(opened.store), clock };
  await begin(side);
  return { ...side, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

describe.each(quickStoreKinds)('whom a change concerns, $name', (kind) => {
  test(
    'ST-25: whatever is new on a list is announced under a topic of its reader',
    () =>
      checkProperty(
        fc.asyncProperty(histories(commands, 40), async (history) => {
          await using world = await openWorld(kind);
          const heard = listen(world.store);
          for (const command of history) {
            const before = await Promise.all(LISTENERS.map((one) => lookAround(world, one)));
            await runCommand(world, command);
            const announced = heard.take();
            for (const [index, { communityId, uid }] of LISTENERS.entries()) {
              const known = before[index];
              if (!known) throw new Error('nobody looked around');
              const news = await world
                .chat(communityId)
                .list(uid, { after: known.position, includeDeleted: true });
              // What a purge takes is announced to nobody: it is no news, only a reason to start over.
              if (news.conversations.length === 0 || news.reset) continue;
              expect(
                known.topics.filter((topic) => announced.includes(topic)),
                `${uid} of ${communityId} after ${JSON.stringify(command)}`,
              ).not.toEqual([]);
            }
          }
        }),
        { runs: 100 },
      ),
    PROPERTY_TIMEOUT_MS,
  );
});

describe('announcements of SQLite and of the model', () => {
  test(
    'ST-25: after every command of every history they are the same',
    () =>
      checkProperty(
        fc.asyncProperty(histories(commands, 50), async (history) => {
          await using model = await openWorld(memoryKind);
          await using engine = await openWorld(quickSqlKind);
          const [expected, heard] = [listen(model.store), listen(engine.store)];
          for (const command of history) {
            const outcome = await runCommand(model, command);
            await runCommand(engine, command);
            const [wanted, announced] = [expected.take(), heard.take()];
            // One that fails halfway may wake somebody for nothing.
            const counted = outcome.kind === 'done' ? announced : wanted;
            expect(counted, JSON.stringify(command)).toEqual(wanted);
          }
        }),
        { runs: 100 },
      ),
    PROPERTY_TIMEOUT_MS,
  );

  test(
    'ST-25: the same for what is done in rooms',
    () =>
      checkProperty(
        fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 40, size: 'max' }), async (history) => {
          await using model = await openRooms(memoryKind);
          await using engine = await openRooms(quickSqlKind);
          const [expected, heard] = [listen(model.rooms.store), listen(engine.rooms.store)];
          for (const { name, run } of history) {
            const outcome = await outcomeOf(run(model));
            await outcomeOf(run(engine));
            const [wanted, announced] = [expected.take(), heard.take()];
            expect(isRefusal(outcome) ? wanted : announced, name).toEqual(wanted);
          }
        }),
        { runs: 100 },
      ),
    PROPERTY_TIMEOUT_MS,
  );
});

function isRefusal(outcome: unknown): boolean {
  return typeof outcome === 'object' && outcome !== null && 'code' in outcome;
}
