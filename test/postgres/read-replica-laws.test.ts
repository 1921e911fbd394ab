import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChannelKey } from '../../src/domain/channel.js';
import { NO_VERSION, type Version } from '../../src/domain/version.js';
import type { KnownSeq } from '../../src/ports/store.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import { Chat } from '../support/chat.js';
import { FakeClock } from '../support/fake-clock.js';
import { HeldChangeBus } from '../support/held-change-bus.js';
import { type Command, moveClock, runCommand, USERS, writes } from '../support/history.js';
import { openBeside } from '../support/postgres-stores.js';
import type { ReadConversation, ReadConversationPage } from '../support/read-messages.js';
import { clientKinds, Replica } from '../support/replica.js';
import { shareReplicatedPostgres } from '../support/replicated-postgres.js';

/** More messages than a channel gets here, so that a conversation always comes with all of them. */
const ALL_MESSAGES = 50;

/** What happens beside the writes. */
type Disturbance = { readonly kind: 'pause' } | { readonly kind: 'resume' } | { readonly kind: 'hear' };

const disturbances: fc.Arbitrary<Disturbance> = fc.constantFrom(
  { kind: 'pause' },
  { kind: 'resume' },
  { kind: 'hear' },
);

const steps: fc.Arbitrary<Command | Disturbance> = fc.oneof(
  { weight: 10, arbitrary: writes },
  { weight: 1, arbitrary: moveClock },
  { weight: 4, arbitrary: disturbances },
);

const devices = fc.record({
  client: clientKinds,
  uid: fc.constantFrom(...USERS),
  limit: fc.nat({ max: 3 }),
  /** Which of two servers it asks, in turn: the second one hears late of what the first one writes. */
  route: fc.array(fc.nat({ max: 1 }), { minLength: 3, maxLength: 3 }),
});

const postgres = shareReplicatedPostgres();

/** Two servers with the replica, a plain one, and all states of all users that there have been. */
class World implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly held = new HeldChangeBus();
  readonly states = new Map<string, readonly ReadConversation[]>();
  writer!: Chat;
  late!: Chat;
  plain!: Chat;

  static async open(): Promise<World> {
    const world = new World();
    const { clock, held: changes } = world;
    const url = await postgres().createDatabase();
    world.writer = new Chat(await postgres().openReading(url, { clock }));
    world.late = new Chat(await postgres().openReading(url, { clock, changes }));
    world.plain = new Chat(await openBeside(url, clock));
    await world.writer.store.createCommunity({ name: 'second' });
    await world.remember();
    return world;
  }

  get servers(): readonly Chat[] {
    return [this.writer, this.late];
  }

  async step(step: Command | Disturbance): Promise<void> {
    if (step.kind === 'pause') return postgres().replica.pauseReplay();
    if (step.kind === 'hear') return this.held.release();
    if (step.kind === 'resume') {
      await postgres().replica.resumeReplay();
      return postgres().replica.catchUp();
    }
    await runCommand({ store: this.writer.store, clock: this.clock }, step);
    return this.remember();
  }

  async remember(): Promise<void> {
    for (const uid of USERS) {
      const { completeUpTo, conversations } = await snapshot(this.plain, uid);
      this.states.set(`${uid} ${completeUpTo}`, conversations);
    }
  }

  stateOf(uid: string, version: Version): readonly ReadConversation[] {
    const state = this.states.get(`${uid} ${version}`);
    if (state === undefined) throw new Error(`there has been no state of ${uid} at ${version}`);
    return state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await postgres().replica.resumeReplay();
    for (const { store } of [...this.servers, this.plain]) await store.close();
  }
}

function snapshot(chat: Chat, uid: string): Promise<ReadConversationPage> {
  return chat.list(uid, { messageCount: ALL_MESSAGES });
}

/** A whole list, and what names seqs, at a server that may know of the newest state or not. */
async function checkLists(world: World, chat: Chat, uid: string): Promise<void> {
  const now = await snapshot(world.plain, uid);
  const page = await snapshot(chat, uid);
  const newest = chat === world.writer ? now.completeUpTo : NO_VERSION;
  expect(page.completeUpTo).toBeGreaterThanOrEqual(newest);
  expect(page.conversations).toEqual(world.stateOf(uid, page.completeUpTo));
  expect(page.reset).toBe(false);

  const known: KnownSeq[] = now.conversations.map(({ channel, lastSeq }) => ({ channel, seq: lastSeq }));
  const named = await chat.list(uid, { known, includeDeleted: true });
  const state = world.stateOf(uid, named.completeUpTo);
  const idOf = ({ channel }: { channel: ChannelKey }): string => `${channel.type}:${channel.name}`;
  const names = new Set(known.map(idOf));
  // Nothing of what he has is newer or gone. What has left his list since may be there again.
  expect(named.conversations.map(idOf)).toEqual(state.map(idOf).filter((id) => !names.has(id)));
  expect(named.conversations.filter(({ isDeleted }) => isDeleted)).toEqual([]);
}

interface Device {
  readonly uid: string;
  readonly limit: number;
  readonly replica: Replica;
}

async function poll(world: World, chat: Chat, device: Device): Promise<ReadConversationPage> {
  const { uid, limit, replica } = device;
  const after = replica.cursor;
  const window = limit === 0 ? ({ kind: 'all' } as const) : ({ kind: 'limit', limit } as const);
  const page = await chat.list(uid, { after, includeDeleted: true, messageCount: ALL_MESSAGES, window });
  expect(page.reset).toBe(false);
  const isNewest = chat === world.writer && !page.hasMore;
  const atLeast = isNewest ? (await snapshot(world.plain, uid)).completeUpTo : after;
  expect(page.completeUpTo).toBeGreaterThanOrEqual(atLeast);
  replica.apply(page);
  const shown = page.hasMore ? replica.rows : world.stateOf(uid, page.completeUpTo);
  expect(replica.rows).toEqual(shown);
  return page;
}

test(
  'PG-10, PG-11, SY-10: whoever answers, every reply is a state that there was, and clients end with the newest',
  () =>
    checkProperty(
      fc.asyncProperty(
        fc.array(steps, { minLength: 10, maxLength: 60, size: 'max' }),
        fc.array(devices, { minLength: 2, maxLength: 5 }),
        async (history, picks) => {
          await using world = await World.open();
          const all = picks.map((pick) => ({ ...pick, replica: new Replica(pick.client) }));
          for (const [index, step] of history.entries()) {
            await world.step(step);
            const uid = USERS[index % USERS.length] ?? 'ann';
            for (const chat of world.servers) await checkLists(world, chat, uid);
            for (const device of all) {
              const chat = world.servers[device.route[index % device.route.length] ?? 0];
              if (chat !== undefined) await poll(world, chat, device);
            }
          }
          for (const device of all) {
            while ((await poll(world, world.writer, device)).hasMore);
            expect(device.replica.rows).toEqual((await snapshot(world.plain, device.uid)).conversations);
          }
        },
      ),
      { runs: 60 },
    ),
  PROPERTY_TIMEOUT_MS,
);
