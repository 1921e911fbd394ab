import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChannelKey } from '../../src/domain/channel.js';
import { NO_VERSION, type Version } from '../../src/domain/version.js';
import type { Window } from '../../src/ports/store.js';
import type { ReadConversation, ReadConversationPage } from '../support/read-messages.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import type { Chat } from '../support/chat.js';
import { commands, histories, runCommand, USERS } from '../support/history.js';
import { quickStoreKinds } from '../support/stores.js';
import { openWorld } from '../support/world.js';

/** More messages than a channel gets here. */
const ALL_MESSAGES = 50;
const MAX_TURNS = 100;

interface Held {
  readonly channel: ChannelKey;
  lastSeq: number;
  readonly ids: Set<number>;
}

/** Which cursors a client sends, and how much it asks for at once. */
interface Habits {
  readonly uid: string;
  readonly sendsVersion: boolean;
  readonly namesSeqs: boolean;
  readonly includeDeleted: boolean;
  readonly messageCount: number;
  /** 0 is none. */
  readonly limit: number;
}

/**
 * A client that keeps messages. Where a reply says that not all which it lacks have come, it fetches the
 * log; else it believes that it has them all.
 */
class MessageClient {
  readonly #chat: Chat;
  readonly #habits: Habits;
  readonly #held = new Map<string, Held>();
  #after: Version = NO_VERSION;

  constructor(chat: Chat, habits: Habits) {
    this.#chat = chat;
    this.#habits = habits;
  }

  async catchUp(): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const page = await this.#poll();
      if (page.reset) this.#held.clear();
      for (const row of page.conversations) await this.#take(row);
      const versions = page.conversations.map(({ version }) => version);
      this.#after = Math.max(page.reset ? 0 : this.#after, ...versions) as Version;
      if (!page.hasMore) return;
    }
    throw new Error(`still has more after ${MAX_TURNS} portions`);
  }

  /** The seqs of the last messages, and the ids of messages that it should have and has not. */
  lacks(rows: readonly ReadConversation[]): unknown[] {
    return rows.flatMap((row): unknown[] => {
      const held = this.#held.get(nameOf(row.channel));
      if (held?.lastSeq !== row.lastSeq)
        return [{ channel: row.channel, held: held?.lastSeq, lastSeq: row.lastSeq }];
      return row.messages.filter(({ id }) => !held.ids.has(id));
    });
  }

  /** What it still holds of channels that are not on the list. */
  holdsBeside(rows: readonly ReadConversation[]): string[] {
    const listed = new Set(rows.map(({ channel }) => nameOf(channel)));
    return [...this.#held.keys()].filter((name) => !listed.has(name));
  }

  #poll(): Promise<ReadConversationPage> {
    const { uid, sendsVersion, namesSeqs, limit, includeDeleted, messageCount } = this.#habits;
    const held = [...this.#held.values()].map(({ channel, lastSeq }) => ({ channel, seq: lastSeq }));
    const window: Window = limit === 0 ? { kind: 'all' } : { kind: 'limit', limit };
    const after = sendsVersion ? this.#after : NO_VERSION;
    return this.#chat.list(uid, {
      after,
      known: namesSeqs ? held : [],
      window,
      includeDeleted,
      messageCount,
    });
  }

  async #take({ channel, isDeleted, lastSeq, limited, messages }: ReadConversation): Promise<void> {
    const name = nameOf(channel);
    if (isDeleted) {
      this.#held.delete(name);
      return;
    }
    const held = this.#held.get(name) ?? { channel, lastSeq, ids: new Set() };
    this.#held.set(name, held);
    held.lastSeq = lastSeq;
    const missing = limited ? (await this.#chat.messages(this.#habits.uid, channel)).messages : messages;
    for (const { id } of missing) held.ids.add(id);
  }
}

function nameOf({ type, name }: ChannelKey): string {
  return `${type}:${name}`;
}

/** At least one cursor, or it would ask for everything each time. */
const habits: fc.Arbitrary<Habits> = fc
  .record({
    uid: fc.constantFrom(...USERS),
    cursors: fc.constantFrom('version', 'seqs', 'both'),
    includeDeleted: fc.boolean(),
    messageCount: fc.constantFrom(0, 1, 2, ALL_MESSAGES),
    limit: fc.nat({ max: 4 }),
  })
  .map(({ uid, cursors, includeDeleted, messageCount, limit }) => ({
    uid,
    sendsVersion: cursors !== 'seqs',
    namesSeqs: cursors !== 'version',
    includeDeleted,
    messageCount,
    // Without a version, a portion does not say where to go on.
    limit: cursors === 'seqs' ? 0 : limit,
  }));

for (const kind of quickStoreKinds) {
  describe(`messages, ${kind.name}`, () => {
    test(
      'WK-4, WK-6, WK-13, WK-11: whatever cursors a client sends, and however few messages, it gets every one',
      () =>
        checkProperty(
          fc.asyncProperty(
            histories(commands, 50),
            fc.array(fc.tuple(habits, fc.integer({ min: 1, max: 12 })), { minLength: 3, maxLength: 8 }),
            async (history, picks) => {
              await using world = await openWorld(kind);
              const chat = world.chat();
              const clients = picks.map(([habit, every]) => ({
                ...habit,
                every,
                client: new MessageClient(chat, habit),
              }));
              for (const [step, command] of history.entries()) {
                await runCommand(world, command);
                for (const { client, every, uid, includeDeleted } of clients) {
                  if (step % every !== 0) continue;
                  await client.catchUp();
                  const rows = await chat.rows(uid, { messageCount: ALL_MESSAGES });
                  expect(client.lacks(rows)).toEqual([]);
                  expect(includeDeleted ? client.holdsBeside(rows) : []).toEqual([]);
                }
              }
            },
          ),
          { runs: 40 },
        ),
      PROPERTY_TIMEOUT_MS,
    );
  });
}
