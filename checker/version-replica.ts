import type { Figures } from './figures.js';
import { pause, type HttpClient, type Reply, type Request } from './http-client.js';
import type { Random } from './random.js';
import type { Shown } from './membership.js';
import { shownOf, type Asked, type Page, type Row, type SyncLaws } from './sync-laws.js';
import { withVersion } from './wire.js';
import type { World } from './world.js';

/** How a client computes with versions. */
export type Arithmetic = 'double' | 'int64';

/** What goes wrong on the way between the server and what the client has saved. */
type Mishap = 'none' | 'drop' | 'twice' | 'unsaved cursor' | 'new device';

export interface VersionReplicaOptions {
  readonly name: string;
  readonly uid: string;
  readonly arithmetic: Arithmetic;
  /** Goes on from the highest version it was given, or from what the server says the reply is complete up to. */
  readonly follows: 'rows' | 'header';
  /** Sends its position as text: as JavaScript prints it, or with all digits. */
  readonly sendsText?: boolean;
  readonly hasLimit?: boolean;
  readonly waits?: boolean;
  readonly isFaulty?: boolean;
  readonly isSlow?: boolean;
}

export interface ReplicaDeps {
  readonly client: HttpClient;
  readonly laws: SyncLaws;
  readonly figures: Figures;
  readonly random: Random;
  readonly world: World;
  /** When a server was last killed, stopped or started. */
  lastDisturbedMs(this: void, server: string): number;
}

const SYNC = '/conversation/sync';
/** A multiple of 1024 beyond every clock, exact as a double. */
const FOREIGN_CURSOR = 2n ** 62n - 2n ** 20n;
/** Between polls, so that those who write get their turn. */
const BREATH_MS = [10, 100] as const;
const MISHAP_PERCENT = 25;
const MAX_WAIT_SECONDS = 3;
/** A reply that took this long, on a server that nobody disturbed, was held back. */
const HELD_MS = 40;

/** A device that keeps its list of conversations by following versions. */
export class VersionReplica {
  readonly options: VersionReplicaOptions;
  readonly #deps: ReplicaDeps;
  #rows = new Map<string, Row>();
  /** Where it stands: a number as JavaScript keeps it, or an exact one. */
  #lastVersion: number | bigint;
  #isForeign = false;

  constructor(options: VersionReplicaOptions, deps: ReplicaDeps) {
    this.options = options;
    this.#deps = deps;
    this.#lastVersion = this.#zero;
  }

  get name(): string {
    return this.options.name;
  }

  get uid(): string {
    return this.options.uid;
  }

  /** What it holds and up to where, at this moment. */
  get saved(): { readonly rows: ReadonlyMap<string, Row>; readonly cursor: bigint } {
    return { rows: new Map(this.#rows), cursor: this.#isForeign ? 0n : this.#cursor };
  }

  /** Polls, with mishaps, and takes a breath. */
  async step(): Promise<void> {
    const { random } = this.#deps;
    const mishap = this.options.isFaulty && random.chance(MISHAP_PERCENT) ? drawMishap(random) : 'none';
    await this.#poll(mishap, this.options.waits ? random.between(1, MAX_WAIT_SECONDS) : 0);
    await pause(random.between(...BREATH_MS));
  }

  /** One poll without mishaps. Returns whether anything came. */
  catchUp(): Promise<boolean> {
    return this.#poll('none', 0);
  }

  get #zero(): number | bigint {
    return this.options.arithmetic === 'double' ? 0 : 0n;
  }

  get #cursor(): bigint {
    return BigInt(this.#lastVersion);
  }

  async #poll(mishap: Mishap, waitSeconds: number): Promise<boolean> {
    const { client, laws, figures, random } = this.#deps;
    if (mishap === 'new device') this.#startOver(random.chance(50));
    const limit = this.options.hasLimit ? random.between(1, 7) : undefined;
    const messageCount = random.pick([0, 1, 3]);
    const asked: Asked = {
      who: this.name,
      uid: this.uid,
      cursor: this.#cursor,
      isForeign: this.#isForeign,
      messageCount,
      ...(limit !== undefined && { limit }),
    };
    const reply = await this.#send(client, {
      uid: this.uid,
      msg_count: messageCount,
      include_deleted: 1,
      ...(limit !== undefined && { limit }),
      ...(waitSeconds > 0 && { wait: waitSeconds }),
    });
    if (reply === undefined) return true;
    const page = laws.check(reply, asked);
    if (page.rows.length === 0 && !page.isReset) figures.idleBytes.push(Buffer.byteLength(reply.text));
    if (mishap === 'drop') {
      if (page.rows.length > 0) figures.saw('reply dropped');
      return true;
    }
    this.#noteEvents(page, { waitSeconds, server: reply.server });
    this.#apply(page, reply, asked);
    if (mishap === 'twice' && page.rows.length > 0) {
      this.#apply(page, reply, asked);
      figures.saw('reply applied twice');
    }
    if (mishap === 'unsaved cursor' && page.rows.length > 0 && !page.isReset) {
      this.#lastVersion = this.options.arithmetic === 'double' ? Number(asked.cursor) : asked.cursor;
      figures.saw('died before saving its cursor');
    }
    if (!page.hasMore) laws.checkWhole(this.#shown, asked, reply);
    return page.rows.length > 0 || page.hasMore;
  }

  async #send(client: HttpClient, body: object): Promise<Reply | undefined> {
    const request: Request = {
      path: SYNC,
      body: this.#printBody(body),
      ...(this.options.isSlow && { isSlow: true }),
    };
    const reply = await client.ask(request);
    if (reply && this.options.isSlow) this.#deps.figures.saw('slow reader finished');
    return reply;
  }

  /** JavaScript prints the shortest digits that mean its number, which may be another integer. */
  #printBody(body: object): string {
    const version = this.#lastVersion;
    if (this.options.sendsText) return JSON.stringify({ ...body, version: String(version) });
    if (typeof version === 'number') return JSON.stringify({ ...body, version });
    return withVersion(body, version.toString());
  }

  /**
   * A reply that replaces everything makes a client start from nothing. So does one to a client without a
   * cursor: it is told of nothing that has left the list, and may have died before it saved its first cursor.
   */
  #apply(page: Page, reply: Reply, { cursor }: Asked): void {
    if (cursor === 0n) this.#rows.clear();
    if (page.isReset) {
      this.#rows.clear();
      this.#lastVersion = this.#zero;
      this.#isForeign = false;
    }
    for (const row of page.rows) {
      if (row.isDeleted) this.#rows.delete(row.key);
      else this.#rows.set(row.key, row);
    }
    if (this.options.follows === 'header') this.#moveTo([String(page.completeUpTo)]);
    else if (this.options.arithmetic === 'int64') this.#moveTo(page.rows.map(({ version }) => version));
    else {
      const conversations = JSON.parse(reply.text) as { version: number }[];
      if (conversations.length > 0) this.#lastVersion = Math.max(...conversations.map((c) => c.version));
    }
  }

  #moveTo(versions: readonly string[]): void {
    for (const version of versions) {
      if (typeof this.#lastVersion === 'number')
        this.#lastVersion = Math.max(this.#lastVersion, Number(version));
      else if (BigInt(version) > this.#lastVersion) this.#lastVersion = BigInt(version);
    }
  }

  /** As a new phone, or as one that has lost its data to a backup from elsewhere. */
  #startOver(isForeign: boolean): void {
    this.#isForeign = isForeign;
    const cursor = isForeign ? FOREIGN_CURSOR : 0n;
    this.#lastVersion = this.options.arithmetic === 'double' ? Number(cursor) : cursor;
    if (!isForeign) this.#rows.clear();
  }

  get #shown(): ReadonlyMap<string, Shown> {
    return new Map([...this.#rows].map(([key, row]) => [key, shownOf(row)]));
  }

  #noteEvents(
    { rows, hasMore, isReset, span }: Page,
    { waitSeconds, server }: { waitSeconds: number; server: string },
  ): void {
    const { figures, lastDisturbedMs } = this.#deps;
    if (hasMore) figures.saw('limit left more behind');
    if (isReset) figures.saw('reset seen');
    for (const { isDeleted, key, place, last_msg_seq: seq } of rows) {
      if (isDeleted && this.#rows.has(key)) figures.saw('deletion delivered');
      const isNews = (this.#rows.get(key)?.last_msg_seq ?? seq) < seq;
      const sent = place.log.findBySeq(seq);
      if (!isNews || sent === undefined) continue;
      figures.stalenessMs.push(Math.max(0, span.receivedMs - sent.ackedMs));
      const wasHeld = waitSeconds > 0 && sent.startedMs - span.sentMs > HELD_MS;
      if (!wasHeld || lastDisturbedMs(server) >= span.sentMs) continue;
      figures.saw('wait woken by a write');
      if (sent.server !== undefined && sent.server !== server)
        figures.saw('wait woken through another server');
    }
  }
}

function drawMishap(random: Random): Mishap {
  return random.pick(['drop', 'drop', 'twice', 'twice', 'unsaved cursor', 'unsaved cursor', 'new device']);
}
