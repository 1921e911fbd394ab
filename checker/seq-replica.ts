import { pause, type Reply } from './http-client.js';
import type { Shown } from './membership.js';
import { failer, type Asked, type Page, type Row } from './sync-laws.js';
import type { ReplicaDeps } from './version-replica.js';
import { parseJson, textOf, type WireMessage } from './wire.js';
import type { Place } from './world.js';

export interface SeqReplicaOptions {
  readonly name: string;
  readonly uid: string;
}

/** What it has of one conversation. */
interface Held {
  readonly place: Place;
  readonly lastSeq: number;
  /** Of the messages that it has. */
  readonly seqs: Set<number>;
}

const SYNC = '/conversation/sync';
const MESSAGES = '/channel/messagesync';
const FILL_LIMIT = 100;

/**
 * A device that names the newest message it has of each conversation, and follows nothing else. It hears of
 * messages and of conversations that come and go; and it wants every message, so it fills the gaps that a reply
 * marks as `limited`.
 */
export class SeqReplica {
  readonly options: SeqReplicaOptions;
  readonly #deps: ReplicaDeps;
  readonly #held = new Map<string, Held>();

  constructor(options: SeqReplicaOptions, deps: ReplicaDeps) {
    this.options = options;
    this.#deps = deps;
  }

  get name(): string {
    return this.options.name;
  }

  async step(): Promise<void> {
    await this.catchUp();
    await pause(this.#deps.random.between(10, 100));
  }

  /** One poll. Returns whether anything came. */
  async catchUp(): Promise<boolean> {
    const { client, laws, random } = this.#deps;
    const { uid, name } = this.options;
    const known = new Map([...this.#held].map(([key, { lastSeq }]) => [key, lastSeq]));
    const messageCount = random.pick([1, 5, 50]);
    const asked: Asked = { who: name, uid, cursor: 0n, messageCount, known };
    const lastMsgSeqs = [...this.#held.values()]
      .map(({ place, lastSeq }) => `${place.channel_id}:${place.channel_type}:${lastSeq}`)
      .join('|');
    const body = { uid, last_msg_seqs: lastMsgSeqs, msg_count: messageCount, include_deleted: 1 };
    const reply = await client.ask({ path: SYNC, body: JSON.stringify(body) });
    if (reply === undefined) return true;
    const page = laws.check(reply, asked);
    let isTaken = true;
    for (const row of page.rows) if (!(await this.#apply(row, page, reply))) isTaken = false;
    if (isTaken) this.#checkWhole(reply);
    return page.rows.length > 0;
  }

  /** Which messages it has, by conversation. */
  get logs(): readonly Pick<Held, 'place' | 'seqs'>[] {
    return [...this.#held.values()];
  }

  /** Returns false when a gap could not be filled now: nothing is taken then, and the next poll brings it again. */
  async #apply(row: Row, page: Page, reply: Reply): Promise<boolean> {
    const fail = failer(reply, this.name);
    const held = this.#held.get(row.key);
    if (row.isDeleted) {
      if (held) this.#deps.figures.saw('deletion delivered');
      this.#held.delete(row.key);
      return true;
    }
    if (held?.lastSeq === row.last_msg_seq)
      fail('above cursor', `${row.channel_id} comes though nothing in it is new`);
    const lowest = row.messages.at(-1)?.message_seq ?? row.last_msg_seq + 1;
    const states = row.place.membership.statesIn(page.span);
    // The messages down to the known one, or to where the user's own part of the log begins.
    const begins = new Set(states.map(({ floorSeq }) => Math.max(floorSeq, held?.lastSeq ?? 0)));
    const isWhole = begins.has(lowest - 1);
    const isGap = [...begins].some((begin) => begin < lowest - 1);
    if (row.limited === 0 && !isWhole)
      fail('gap', `${row.channel_id} lacks messages below ${lowest}, and says nothing`);
    if (row.limited === 1 && !isGap)
      fail('gap', `${row.channel_id} says that messages are missing, and none are`);
    const gap =
      row.limited === 1 ? await this.#fill(row, { from: (held?.lastSeq ?? 0) + 1, to: lowest - 1 }) : [];
    if (gap === undefined) return false;
    const seqs = held?.seqs ?? new Set<number>();
    for (const seq of gap) seqs.add(seq);
    for (const { message_seq: seq } of row.messages) seqs.add(seq);
    this.#held.set(row.key, { place: row.place, seqs, lastSeq: row.last_msg_seq });
    return true;
  }

  /** Reads the messages from one to another; undefined when that cannot be done now. */
  async #fill(row: Row, { from, to }: { from: number; to: number }): Promise<number[] | undefined> {
    const { client, figures } = this.#deps;
    const { place } = row;
    const seqs: number[] = [];
    for (let start = from; ;) {
      const body = {
        login_uid: this.options.uid,
        channel_id: place.channel_id,
        channel_type: place.channel_type,
        start_message_seq: start,
        end_message_seq: to + 1,
        pull_mode: 1,
        limit: FILL_LIMIT,
      };
      const reply = await client.ask({ path: MESSAGES, body: JSON.stringify(body) });
      if (reply === undefined) return undefined;
      const messages = this.#readMessages(place, reply);
      if (messages === undefined) return undefined;
      const fail = failer(reply, this.name);
      for (const [index, { message_seq: seq }] of messages.entries()) {
        const first = messages[0]?.message_seq ?? 0;
        if (seq !== first + index) fail('log', `${place.channel_id} has a hole at message ${first + index}`);
      }
      seqs.push(...messages.map(({ message_seq: seq }) => seq));
      const last = seqs.at(-1);
      if (messages.length < FILL_LIMIT || last === undefined || last >= to) break;
      start = last + 1;
    }
    if (seqs.at(-1) !== to) return undefined;
    figures.saw('gap filled');
    return seqs;
  }

  /** Undefined for one who is not a member any more. */
  #readMessages(place: Place, reply: Reply): WireMessage[] | undefined {
    const fail = failer(reply, this.name);
    const isMember = new Set(place.membership.statesIn(reply).map((state) => state.isMember));
    if (reply.status === 403 && isMember.has(false)) return undefined;
    if (reply.status !== 200 || !isMember.has(true)) {
      return fail('answered', `reading ${place.channel_id} was answered with ${reply.status}`);
    }
    const { messages } = parseJson(reply.text) as { messages: WireMessage[] };
    for (const { message_seq: seq, client_msg_no: no, from_uid: from, message_id: id, payload } of messages) {
      const fault = place.log.see({ seq, no, from, id, text: textOf(payload) }, reply);
      if (fault !== undefined) fail('log', `in ${place.channel_id}, ${fault}`);
    }
    return messages;
  }

  /** Read positions may be old here, but no conversation and no message may be missing. */
  #checkWhole(reply: Reply): void {
    const fail = failer(reply, this.name);
    for (const place of this.#places) {
      const held = this.#held.get(`${place.channel_type}:${place.channel_id}`);
      const shown: Shown | undefined = held && { lastSeq: held.lastSeq };
      const fault = place.membership.findFault(shown, reply);
      if (fault !== undefined) fail('visible', `after a reply to all it named, ${place.channel_id} ${fault}`);
    }
  }

  get #places(): readonly Place[] {
    return this.#deps.world.placesOf(this.options.uid);
  }
}
