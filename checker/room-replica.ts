import { pause, type Reply } from './http-client.js';
import { dataOf, type KettleClient, type WireRoom } from './kettle-client.js';
import type { Shown } from './membership.js';
import { failer } from './sync-laws.js';
import type { ReplicaDeps } from './version-replica.js';
import { GROUP_TYPE, type Place } from './world.js';

export interface RoomReplicaOptions {
  readonly name: string;
  readonly kettle: KettleClient;
  /** With a database, it asks for what changed since; without, it reads the whole list each time. */
  readonly hasDatabase: boolean;
}

const PAGE_SIZE = 2;

/**
 * A device of the other dialect that lists rooms. It turns small pages while others write, and then goes on from
 * the latest `updated_at` that it has seen, which is the server's own time and counts as inclusive.
 */
export class RoomReplica {
  readonly options: RoomReplicaOptions;
  readonly #deps: ReplicaDeps;
  readonly #rooms = new Map<string, WireRoom>();
  #minSeconds = 0;

  constructor(options: RoomReplicaOptions, deps: ReplicaDeps) {
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
    const { hasDatabase } = this.options;
    const min = hasDatabase ? this.#minSeconds : 0;
    const rows = new Map<string, WireRoom>();
    const replies: Reply[] = [];
    for (let page = 1; ; page += 1) {
      const reply = await this.#read(page, min);
      if (reply === undefined) return true;
      replies.push(reply);
      const { chatrooms_data } = dataOf<{ chatrooms_data: WireRoom[] }>(reply, this.name);
      for (const room of chatrooms_data) this.#take(rows, room, reply);
      if (chatrooms_data.length === 0) break;
    }
    if (replies.length > 2) this.#deps.figures.saw('page turned while others wrote');
    this.#deps.figures.rows += rows.size;
    const isNew = [...rows].some(([title, room]) => lookOf(room) !== lookOf(this.#rooms.get(title)));
    for (const [title, room] of rows) this.#rooms.set(title, room);
    this.#minSeconds = Math.max(min, ...[...rows.values()].map(({ updated_at: at }) => at));
    this.#checkRun(rows, replies);
    return isNew;
  }

  #read(page: number, min: number): Promise<Reply | undefined> {
    const { kettle, hasDatabase } = this.options;
    const query = `chatroom_types=[0]&page=${page}&page_size=${PAGE_SIZE}&is_local_db=${hasDatabase}`;
    return kettle.ask({ method: 'GET', path: `/chatroom/sync?${query}&min_timestamp=${min}` });
  }

  /** Each row is a state that the server can have been in when it sent the page. */
  #take(rows: Map<string, WireRoom>, room: WireRoom, reply: Reply): void {
    const place = this.#deps.world.find(this.options.kettle.uid, {
      channel_id: room.title,
      channel_type: GROUP_TYPE,
    });
    const fail = failer(reply, this.name);
    if (place === undefined)
      return fail('own conversations', `${room.title} is not a room of ${this.options.kettle.uid}`);
    const shown = this.#shownOf(room, place);
    const fault = shown && place.membership.findFault(shown, reply);
    if (fault !== undefined) fail('visible', `room ${room.title} ${fault}`);
    rows.set(room.title, room);
  }

  /** Undefined when its last message is one of which nobody has been told yet. */
  #shownOf({ last_conversation_id: id, unseen_count: unread }: WireRoom, { log }: Place): Shown | undefined {
    const lastSeq = log.findById(id ?? 0)?.seq;
    return lastSeq === undefined ? undefined : { lastSeq, unread };
  }

  /**
   * No room is missed: one that has been on the list through the whole run, and that did not change meanwhile,
   * came on one of the pages, or was known as it is.
   */
  #checkRun(rows: ReadonlyMap<string, WireRoom>, replies: readonly Reply[]): void {
    const [first, last] = [replies[0], replies.at(-1)];
    if (first === undefined || last === undefined) return;
    const fail = failer(last, this.name);
    const run = { sentMs: first.sentMs, receivedMs: last.receivedMs };
    const known = this.options.hasDatabase ? this.#rooms : rows;
    for (const place of this.#deps.world.placesOf(this.options.kettle.uid)) {
      if (place.channel_type !== GROUP_TYPE) continue;
      const { low } = place.log.heads(run);
      const states = place.membership.statesIn(run);
      const isListed = states.every(({ isMember, floorSeq }) => isMember && floorSeq < low);
      if (!isListed || !place.membership.isQuietIn(run) || place.log.isChangedIn(run)) continue;
      const room = known.get(place.channel_id);
      if (room === undefined) {
        return fail('page', `room ${place.channel_id} is on none of ${replies.length} pages`);
      }
      const shown = this.#shownOf(room, place);
      const fault = shown && place.membership.findFault(shown, run);
      if (fault !== undefined)
        fail('page', `after ${replies.length} pages, room ${place.channel_id} ${fault}`);
    }
  }
}

function lookOf(room: WireRoom | undefined): string | undefined {
  return room && JSON.stringify([room.unseen_count, room.last_conversation_id, room.updated_at]);
}
