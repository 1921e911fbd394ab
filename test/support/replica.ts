import * as fc from 'fast-check';
import { formatVersion, parseCursor, type Cursor, type Version } from '../../src/domain/version.js';
import type { ReadConversation, ReadConversationPage } from './read-messages.js';

/** How a client computes with versions. It keeps its position as the text that it would print. */
export interface Arithmetic {
  readonly name: string;
  /** The highest of what was printed by either side. */
  highest(printed: readonly string[]): string;
  /** What the server's JSON parser makes of what this client sends. */
  send(printed: string): unknown;
}

function highestInt64(printed: readonly string[]): string {
  return String(
    printed
      .map((text) => BigInt.asIntN(64, BigInt(text)))
      .reduce((one, other) => (one > other ? one : other)),
  );
}

/** JavaScript: JSON.parse, Math.max, JSON.stringify. */
export const double: Arithmetic = {
  name: 'double',
  highest: (printed) => JSON.stringify(Math.max(...(JSON.parse(`[${printed.join()}]`) as number[]))),
  send: (printed) => JSON.parse(printed),
};

/** Java, Go, Swift: exact, sent as a number or, by the careful, as text. */
const int64: Arithmetic = { name: 'int64', highest: highestInt64, send: (printed) => JSON.parse(printed) };
const int64AsText: Arithmetic = { name: 'int64 as text', highest: highestInt64, send: (printed) => printed };

export interface ClientKind {
  readonly arithmetic: Arithmetic;
  /** Goes on from the highest version it got, or from what the server says the reply is complete up to. */
  readonly follows: 'rows' | 'header';
}

export const clientKinds: fc.Arbitrary<ClientKind> = fc.record({
  arithmetic: fc.constantFrom(double, int64, int64AsText),
  follows: fc.constantFrom('rows', 'header'),
});

/** More portions than any history here can fill: whoever asks for more goes round in circles. */
const MAX_TURNS = 300;

/** What a client holds: conversations, and a cursor. */
export class Replica {
  readonly #kind: ClientKind;
  readonly #rows = new Map<string, ReadConversation>();
  #printed = '0';

  constructor(kind: ClientKind) {
    this.#kind = kind;
  }

  /** As the server reads it. */
  get cursor(): Cursor {
    return parseCursor(this.#kind.arithmetic.send(this.#printed));
  }

  /** Newest first. */
  get rows(): ReadConversation[] {
    return [...this.#rows.values()].toSorted((one, other) => other.version - one.version);
  }

  /** Starts from a snapshot at a position, or up to half a step of the grid beside it. */
  start({ conversations, completeUpTo }: ReadConversationPage, offset = 0): void {
    this.#store(conversations);
    const { arithmetic } = this.#kind;
    const exact = BigInt(completeUpTo) + BigInt(offset);
    this.#printed = exact < 0n ? '0' : arithmetic.highest([exact.toString()]);
  }

  apply(page: ReadConversationPage): void {
    if (page.reset) {
      this.#rows.clear();
      this.#printed = '0';
    }
    this.#store(page.conversations);
    const received = page.conversations.map(({ version }) => formatVersion(version));
    const { arithmetic, follows } = this.#kind;
    this.#printed =
      follows === 'rows'
        ? arithmetic.highest([this.#printed, ...received])
        : arithmetic.highest([formatVersion(page.completeUpTo)]);
  }

  /** Asks until there is no more. */
  async catchUp(list: (after: Version) => Promise<ReadConversationPage>): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const page = await list(this.cursor);
      this.apply(page);
      if (!page.hasMore) return;
    }
    throw new Error(`still has more after ${MAX_TURNS} portions, at ${this.#printed}`);
  }

  #store(conversations: readonly ReadConversation[]): void {
    for (const conversation of conversations) {
      const key = `${conversation.channel.type}:${conversation.channel.name}`;
      if (conversation.isDeleted) this.#rows.delete(key);
      else this.#rows.set(key, conversation);
    }
  }
}
