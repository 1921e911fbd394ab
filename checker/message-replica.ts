import type { Span } from './channel-log.js';
import { pause, type Reply } from './http-client.js';
import { dataOf, type KettleClient, type WireConversation } from './kettle-client.js';
import { failer } from './sync-laws.js';
import type { ReplicaDeps } from './version-replica.js';
import type { Place } from './world.js';

export interface MessageReplicaOptions {
  readonly name: string;
  readonly kettle: KettleClient;
  readonly place: Place;
  /** With a database, it asks for what changed since; without, it reads back from the newest to what it knows. */
  readonly hasDatabase: boolean;
}

const PAGE_SIZE = 5;

/** A device of the other dialect that keeps one room's messages, with edits and deletions. */
export class MessageReplica {
  readonly options: MessageReplicaOptions;
  readonly #deps: ReplicaDeps;
  readonly #messages = new Map<number, WireConversation>();
  #minMs = 0;
  /** The latest time on any page so far. */
  #latestMs = 0;
  /** How many of the room's changes have been looked for. */
  #checked = 0;

  constructor(options: MessageReplicaOptions, deps: ReplicaDeps) {
    this.options = options;
    this.#deps = deps;
  }

  get name(): string {
    return this.options.name;
  }

  async step(): Promise<void> {
    await this.catchUp();
    await pause(this.#deps.random.between(20, 120));
  }

  /** One run through the pages. Returns whether anything was new. */
  async catchUp(): Promise<boolean> {
    const min = this.options.hasDatabase ? this.#minMs : 0;
    const replies: Reply[] = [];
    const came = new Map<number, WireConversation>();
    let nextMin = min;
    for (let page = 1; ; page += 1) {
      const reply = await this.#read(page, min);
      const rows = reply && this.#rowsOf(reply);
      if (reply === undefined || rows === undefined) return reply === undefined;
      replies.push(reply);
      const latestMs = Math.max(this.#latestMs, ...rows.map(({ last_updated: at }) => at));
      // What this run misses changes after its first page was read, so it is later than all that was seen by then.
      if (page === 1) nextMin = latestMs;
      this.#latestMs = latestMs;
      const isKnown = rows.some(({ id }) => this.#messages.has(id) && !came.has(id));
      for (const row of rows) came.set(row.id, row);
      if (rows.length === 0 || (!this.options.hasDatabase && isKnown)) break;
    }
    if (replies.length > 2) this.#deps.figures.saw('page turned while others wrote');
    this.#deps.figures.rows += came.size;
    const isNew = [...came.values()].some((row) => lookOf(row) !== lookOf(this.#messages.get(row.id)));
    for (const row of came.values()) this.#take(row);
    this.#minMs = nextMin;
    this.#checkRun(replies);
    return isNew;
  }

  /** Which messages it has, by their place in the log. */
  get shown(): ReadonlyMap<number, WireConversation> {
    return this.#messages;
  }

  #take(row: WireConversation): void {
    const { figures } = this.#deps;
    const former = this.#messages.get(row.id);
    if (this.options.place.log.findByNo(row.temporary_id)?.isEditedTo(row.answer)) figures.saw('edit seen');
    // A page that was asked for earlier than another can hold an older state.
    if (former === undefined || former.last_updated <= row.last_updated) this.#messages.set(row.id, row);
  }

  #read(page: number, min: number): Promise<Reply | undefined> {
    const { kettle, place, hasDatabase } = this.options;
    const room = kettle.rooms.get(place.channel_id);
    const query = `chatroom_id=${room}&page=${page}&page_size=${PAGE_SIZE}&is_local_db=${hasDatabase}`;
    return kettle.ask({ method: 'GET', path: `/conversation/sync?${query}&min_timestamp=${min}` });
  }

  /** Undefined for one who is not a member now. */
  #rowsOf(reply: Reply): readonly WireConversation[] | undefined {
    const { place } = this.options;
    const fail = failer(reply, this.name);
    const states = place.membership.statesIn(reply);
    if (reply.status === 403 && states.some(({ isMember }) => !isMember)) return undefined;
    if (states.every(({ isMember }) => !isMember)) {
      fail('own conversations', `${place.channel_id} is shown to one who is not a member`);
    }
    const { conversations_data: rows } = dataOf<{ conversations_data: WireConversation[] }>(reply, this.name);
    for (const row of rows) {
      const fault = this.#findFault(row, reply);
      if (fault !== undefined) fail('log', `in room ${place.channel_id}, ${fault}`);
    }
    return rows;
  }

  #findFault(row: WireConversation, span: Span): string | undefined {
    const sent = this.options.place.log.findByNo(row.temporary_id);
    if (sent === undefined)
      return `message ${row.id} has temporary_id ${row.temporary_id}, which nobody has sent`;
    if (sent.id !== undefined && sent.id !== row.id)
      return `message ${sent.no} has both ids ${sent.id} and ${row.id}`;
    if (!sent.isText(row.answer, span))
      return `message ${sent.no} reads ${row.answer}, which it did not then`;
    const mayBeDeleted = (sent.deletion?.sentMs ?? Infinity) < span.receivedMs;
    const isDeleted = (sent.deletion?.receivedMs ?? Infinity) < span.sentMs;
    if (row.deleted_by_user_id === null ? isDeleted : !mayBeDeleted) {
      return `message ${sent.no} is shown as ${row.deleted_by_user_id === null ? 'not ' : ''}deleted`;
    }
    return undefined;
  }

  /** No message is missed, and none is old, unless it changed during the run: then the next one brings it. */
  #checkRun(replies: readonly Reply[]): void {
    const [first, last] = [replies[0], replies.at(-1)];
    if (first === undefined || last === undefined) return;
    const { place, hasDatabase } = this.options;
    const fail = failer(last, this.name);
    const run = { sentMs: first.sentMs, receivedMs: last.receivedMs };
    const states = place.membership.statesIn(run);
    if (states.some(({ isMember }) => !isMember)) return;
    const floor = Math.max(...states.map(({ floorSeq }) => floorSeq));
    for (; this.#checked < place.log.changes.length; this.#checked += 1) {
      const { sent, atMs } = place.log.changes[this.#checked] as (typeof place.log.changes)[number];
      if (atMs >= run.sentMs) return;
      // One that is changing again is looked for again after that.
      if ((sent.seq ?? 0) <= floor || sent.changedMs >= run.sentMs) continue;
      const row = this.#messages.get(sent.id ?? 0);
      if (row === undefined)
        return fail('page', `room ${place.channel_id} lacks message ${sent.seq} (${sent.no})`);
      const fault = hasDatabase ? this.#findFault(row, run) : undefined;
      if (fault !== undefined) fail('page', `after ${replies.length} pages, ${fault}`);
    }
  }
}

function lookOf(row: WireConversation | undefined): string | undefined {
  return row && JSON.stringify([row.answer, row.deleted_by_user_id, row.last_updated]);
}
