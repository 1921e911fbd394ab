import type { Span } from './channel-log.js';
import type { Figures } from './figures.js';
import type { Reply } from './http-client.js';
import type { Shown } from './membership.js';
import { RisingSeries } from './rising-series.js';
import { Violation, type Law } from './violation.js';
import { parseRows, textOf, type WireMessage, type WireRow } from './wire.js';
import { keyOf, type Place, type World } from './world.js';

/** What was asked for, as far as it says what the reply may be. */
export interface Asked {
  readonly who: string;
  readonly uid: string;
  /** 0 for none. */
  readonly cursor: bigint;
  /** It was made up, and lies in the future. */
  readonly isForeign?: boolean;
  readonly limit?: number;
  readonly messageCount: number;
  /** The newest message that the client has, by channel; only for clients that name them. */
  readonly known?: ReadonlyMap<string, number>;
}

export interface Row extends WireRow {
  readonly key: string;
  readonly place: Place;
  readonly position: bigint;
  readonly isDeleted: boolean;
  readonly messages: readonly WireMessage[];
}

export interface Page {
  readonly rows: readonly Row[];
  readonly completeUpTo: bigint;
  readonly hasMore: boolean;
  readonly isReset: boolean;
  readonly span: Span;
}

const GRID = 1024n;
const LIMIT = 2n ** 62n;

/** As many versions of a conversation are remembered with what they looked like. */
const REMEMBERED = 500;

/** The laws that every reply of POST /conversation/sync has to obey. */
export class SyncLaws {
  readonly #world: World;
  readonly #figures: Figures;
  /** By user and conversation, the highest version that a reply has shown. */
  readonly #versions = new Map<string, RisingSeries<bigint>>();
  readonly #looks = new Map<string, Map<bigint, string>>();
  /** The highest version that anyone has been shown. */
  readonly #highest = new RisingSeries<bigint>();

  constructor(world: World, figures: Figures) {
    this.#world = world;
    this.#figures = figures;
  }

  /** @throws Violation */
  check(reply: Reply, asked: Asked): Page {
    const fail = failer(reply, asked.who);
    const wireRows = reply.status === 200 ? parseRows(reply.text) : undefined;
    if (wireRows === undefined) return fail('answered', `a sync was answered with ${reply.status}`);
    const rows = wireRows.map((row) => this.#toRow(row, asked.uid, fail));
    const page = {
      rows,
      completeUpTo: parseVersion(reply.headers['x-sync-version'], fail),
      hasMore: reply.headers['x-sync-has-more'] === '1',
      isReset: reply.headers['x-sync-reset'] === '1',
      span: { sentMs: reply.sentMs, receivedMs: reply.receivedMs },
    };
    this.#checkPage(page, asked, fail);
    for (const row of rows) this.#checkRow(row, { asked, page, fail });
    this.#highest.raise(performance.now(), page.completeUpTo);
    this.#figures.rows += rows.length;
    return page;
  }

  /** Whether a client that has got everything shows what the server can have meant. */
  checkWhole(shown: ReadonlyMap<string, Shown>, { uid, who }: Asked, reply: Reply): void {
    const fail = failer(reply, who);
    for (const place of this.#world.placesOf(uid)) {
      const fault = place.membership.findFault(shown.get(keyOf(place)), reply);
      if (fault !== undefined) fail('visible', `after a complete reply, ${place.channel_id} ${fault}`);
    }
  }

  #toRow(row: WireRow, uid: string, fail: Fail): Row {
    const place = this.#world.find(uid, row);
    if (place === undefined)
      return fail('own conversations', `${row.channel_id} is not a conversation of ${uid}`);
    return {
      ...row,
      place,
      key: keyOf(row),
      position: parseVersion(row.version, fail),
      isDeleted: row.is_deleted === 1,
      messages: row.messages ?? row.recents ?? [],
    };
  }

  #checkPage({ rows, completeUpTo, hasMore, isReset, span }: Page, asked: Asked, fail: Fail): void {
    const { cursor, limit, known, isForeign = false } = asked;
    if (isReset !== isForeign) {
      fail(
        'reset',
        isForeign ? 'a cursor from the future is taken as it is' : 'a cursor of its own is refused',
      );
    }
    const after = isReset ? 0n : cursor;
    for (const { position, channel_id: id } of rows) {
      if (known === undefined && position <= after) {
        fail('above cursor', `${id} comes with version ${position}, which is not above the cursor`);
      }
      if (position > completeUpTo && known === undefined) {
        fail('complete up to', `${id} has version ${position}, above X-Sync-Version ${completeUpTo}`);
      }
    }
    const sign = limit === undefined || isReset ? -1 : 1;
    const isOrdered = rows.every((row, index) => {
      const previous = rows[index - 1];
      return previous === undefined || Number(row.position - previous.position) * sign >= 0;
    });
    if (!isOrdered && (limit === undefined || !isReset))
      fail('order', 'the rows are not in the order of their versions');
    if (limit !== undefined && !isReset && rows.length > limit)
      fail('portion', `${rows.length} rows under limit ${limit}`);
    if (hasMore && (limit === undefined || rows.length < limit)) {
      fail('portion', `there is said to be more after ${rows.length} rows under limit ${limit ?? 'none'}`);
    }
    const seen = this.#highest.before(span.sentMs) ?? 0n;
    if (!hasMore && completeUpTo < seen) {
      fail('complete up to', `X-Sync-Version is ${completeUpTo}, but version ${seen} was visible before`);
    }
  }

  #checkRow(row: Row, { asked, page, fail }: { asked: Asked; page: Page; fail: Fail }): void {
    const { place, position, isDeleted, channel_id: id } = row;
    const { span } = page;
    // The one that stands for a deletion of a named conversation has the cursor's version.
    if (!isDeleted || asked.known === undefined) this.#checkVersion(row, { asked, span, fail });
    const fault = isDeleted
      ? place.membership.findFault(undefined, span)
      : place.membership.findFault(shownOf(row), span);
    if (fault !== undefined) fail('visible', `${id} at version ${position} ${fault}`);
    if (isDeleted) return;
    const newest = place.log.findBySeq(row.last_msg_seq);
    const isVisible = place.membership.statesIn(span).every(({ floorSeq }) => floorSeq < row.last_msg_seq);
    if (isVisible && newest !== undefined && newest.no !== row.last_client_msg_no) {
      fail(
        'log',
        `${id} ends with ${row.last_client_msg_no}, but message ${row.last_msg_seq} is ${newest.no}`,
      );
    }
    this.#checkMessages(row, { asked, span, fail });
  }

  #checkVersion(row: Row, { asked, span, fail }: { asked: Asked; span: Span; fail: Fail }): void {
    const { key, position, channel_id: id } = row;
    const name = `${asked.uid} ${key}`;
    const series = this.#versions.get(name) ?? new RisingSeries<bigint>();
    this.#versions.set(name, series);
    const former = series.before(span.sentMs) ?? 0n;
    if (position < former) fail('never falling', `${id} falls from version ${former} to ${position}`);
    series.raise(performance.now(), position);

    const looks = this.#looks.get(name) ?? new Map<bigint, string>();
    this.#looks.set(name, looks);
    const look = lookOf(row);
    const before = looks.get(position);
    if (before !== undefined && before !== look) {
      fail('one version, one state', `${id} at version ${position} is ${look}, and was ${before}`);
    }
    looks.set(position, look);
    const [oldest] = looks.keys();
    if (looks.size > REMEMBERED && oldest !== undefined) looks.delete(oldest);
  }

  /** Newest first, without a hole, from the newest down to where the client's part begins. */
  #checkMessages(row: Row, { asked, span, fail }: { asked: Asked; span: Span; fail: Fail }): void {
    const { place, messages, last_msg_seq: lastSeq, channel_id: id } = row;
    for (const message of messages) {
      const { message_seq: seq, client_msg_no: no, from_uid: from, message_id } = message;
      const seen = { seq, no, from, id: message_id, text: textOf(message.payload) };
      const fault = place.log.see(seen, span);
      if (fault !== undefined) fail('log', `in ${id}, ${fault}`);
      if (place.log.findBySeq(seq)?.isEditedTo(seen.text)) this.#figures.saw('edit seen');
    }
    if (messages.some(({ timestamp }, index) => timestamp < (messages[index + 1]?.timestamp ?? 0))) {
      this.#figures.saw('a later message with an earlier time');
    }
    const hole = messages.find(({ message_seq: seq }, index) => seq !== lastSeq - index);
    if (hole) fail('log', `${id} shows message ${hole.message_seq} where another belongs`);
    if (messages.length > asked.messageCount) fail('portion', `${messages.length} messages in ${id}`);
    const rest = lastSeq - messages.length;
    const isAll = messages.length < asked.messageCount;
    const fits = place.membership.statesIn(span).some(({ floorSeq }) => {
      const begin = Math.min(lastSeq, Math.max(floorSeq, knownIn(asked, row)));
      return isAll ? rest === begin : rest >= begin;
    });
    if (!fits) fail('log', `${id} shows ${messages.length} messages, down to ${rest + 1}`);
  }
}

export function knownIn({ known }: Asked, { key, last_msg_seq: lastSeq }: Row): number {
  const seq = known?.get(key) ?? 0;
  return seq <= lastSeq ? seq : 0;
}

export function shownOf({ last_msg_seq: lastSeq, readed_to_msg_seq: readSeq, unread }: WireRow): Shown {
  return { lastSeq, readSeq, unread };
}

/** All that has to be the same whenever a conversation is shown at one version. */
export function lookOf(row: Row): string {
  if (row.isDeleted) return 'deleted';
  const { unread, timestamp, last_msg_seq: last, last_client_msg_no: no, readed_to_msg_seq: read } = row;
  return JSON.stringify({ unread, timestamp, last, no, read });
}

type Fail = (law: Law, what: string) => never;

export function failer({ request, status, text, headers }: Reply, who: string): Fail {
  return (law, what) => {
    throw new Violation({ law, who, what, request, reply: { status, headers, text } });
  };
}

function parseVersion(digits: unknown, fail: Fail): bigint {
  if (typeof digits !== 'string' || !/^\d+$/.test(digits))
    return fail('grid', `${String(digits)} is no version`);
  const version = BigInt(digits);
  if (version % GRID !== 0n || version >= LIMIT)
    fail('grid', `version ${digits} is not a multiple of 1024 below 2^62`);
  return version;
}
