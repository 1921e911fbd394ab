import { createHash } from 'node:crypto';
import type { Heads } from './admissible-states.js';
import { RisingSeries } from './rising-series.js';

/** From when a request was sent to when its answer was here. What it saw lies in between. */
export interface Span {
  readonly sentMs: number;
  readonly receivedMs: number;
}

interface Text {
  readonly digest: string;
  /** From when a reply may show it. */
  readonly fromMs: number;
  /** Until when. */
  toMs: number;
}

/** One message of which the checker was the sender. */
export class Sent {
  readonly no: string;
  readonly from: string;
  readonly startedMs: number;
  readonly texts: Text[];
  seq: number | undefined;
  id: number | undefined;
  ackedMs = Infinity;
  /** Base URL of the server that was the first to acknowledge it. */
  server: string | undefined;
  /** When it was last written; Infinity while that is under way. */
  changedMs = Infinity;
  /** When deleting it was asked for, and answered. */
  deletion: Span | undefined;

  constructor({ no, from, text }: Pick<Sent, 'no' | 'from'> & { readonly text: string }) {
    this.no = no;
    this.from = from;
    this.startedMs = performance.now();
    this.texts = [{ digest: digestOf(text), fromMs: this.startedMs, toMs: Infinity }];
  }

  addText(text: string): void {
    this.texts.push({ digest: digestOf(text), fromMs: performance.now(), toMs: Infinity });
  }

  endFormerTexts(): void {
    for (const text of this.texts.slice(0, -1)) text.toMs = Math.min(text.toMs, performance.now());
  }

  /** Whether it reads as it did not at first. */
  isEditedTo(text: string): boolean {
    return this.texts.slice(1).some(({ digest }) => digest === digestOf(text));
  }

  isText(text: string, { sentMs, receivedMs }: Span): boolean {
    const digest = digestOf(text);
    return this.texts.some((one) => one.digest === digest && one.fromMs <= receivedMs && one.toMs >= sentMs);
  }
}

/** A message as a reply shows it. */
export interface Seen {
  readonly seq: number;
  readonly no: string;
  readonly from: string;
  readonly id: number;
  readonly text: string;
}

/** What is known of one channel's messages: what was sent, what was acknowledged, what replies have shown. */
export class ChannelLog {
  readonly #byNo = new Map<string, Sent>();
  readonly #bySeq = new Map<number, Sent>();
  readonly #byId = new Map<number, Sent>();
  readonly #deleted: Sent[] = [];
  /** How many sends were begun: no seq can be above it, for a log has no holes. */
  readonly #begun = new RisingSeries<number>();
  /** The highest seq that somebody has been told of. */
  readonly #told = new RisingSeries<number>();

  /** What was written, in the order of the answers. */
  readonly changes: { readonly sent: Sent; readonly atMs: number }[] = [];
  #changesUnderWay = 0;
  #lastChangedMs = 0;

  begin(sent: Sent): void {
    this.#beginChange(sent);
    this.#byNo.set(sent.no, sent);
    this.#begun.raise(performance.now(), this.#byNo.size);
  }

  /** Notes the answer to a send. Returns what is wrong with it. */
  acknowledge(sent: Sent, { seq, id }: Pick<Seen, 'seq' | 'id'>): string | undefined {
    if (sent.ackedMs === Infinity) {
      sent.ackedMs = performance.now();
      this.#endChange(sent);
    }
    return this.#bind(sent, seq, id);
  }

  /** Notes a message of a reply. Returns what is wrong with it. */
  see(seen: Seen, span: Span): string | undefined {
    const sent = this.#byNo.get(seen.no);
    if (sent === undefined) return `message ${seen.seq} has client_msg_no ${seen.no}, which nobody has sent`;
    if (sent.from !== seen.from) return `message ${seen.seq} is from ${seen.from}, but ${sent.from} sent it`;
    if (!sent.isText(seen.text, span)) {
      return `message ${seen.seq} reads ${digestOf(seen.text)}, which it did not at any time in question`;
    }
    return this.#bind(sent, seen.seq, seen.id);
  }

  #bind(sent: Sent, seq: number, id: number): string | undefined {
    const { no } = sent;
    if (sent.seq !== undefined && sent.seq !== seq) return `message ${no} is both ${sent.seq} and ${seq}`;
    if (sent.id !== undefined && sent.id !== id) return `message ${no} has both ids ${sent.id} and ${id}`;
    const other = this.#bySeq.get(seq);
    if (other !== undefined && other !== sent) return `message ${seq} is both ${other.no} and ${no}`;
    if (!(seq >= 1 && seq <= this.#byNo.size))
      return `message ${no} is ${seq} of ${this.#byNo.size} that were sent`;
    sent.seq = seq;
    sent.id = id;
    this.#bySeq.set(seq, sent);
    this.#byId.set(id, sent);
    this.#told.raise(performance.now(), seq);
    return undefined;
  }

  /** The text is being replaced: for a while, both are right. */
  beginEdit(sent: Sent, text: string): void {
    this.#beginChange(sent);
    sent.addText(text);
  }

  endEdit(sent: Sent): void {
    sent.endFormerTexts();
    this.#endChange(sent);
  }

  beginDeletion(sent: Sent): void {
    this.#beginChange(sent);
    sent.deletion = { sentMs: performance.now(), receivedMs: Infinity };
    this.#deleted.push(sent);
  }

  endDeletion(sent: Sent): void {
    if (sent.deletion) sent.deletion = { ...sent.deletion, receivedMs: performance.now() };
    this.#endChange(sent);
  }

  /** Whether anything was written, or was being written. */
  isChangedIn({ sentMs }: Span): boolean {
    return this.#changesUnderWay > 0 || this.#lastChangedMs >= sentMs;
  }

  #beginChange(sent: Sent): void {
    sent.changedMs = Infinity;
    this.#changesUnderWay += 1;
  }

  #endChange(sent: Sent): void {
    const nowMs = performance.now();
    sent.changedMs = nowMs;
    this.#changesUnderWay -= 1;
    this.#lastChangedMs = nowMs;
    this.changes.push({ sent, atMs: nowMs });
  }

  /** Which seqs the newest message can have had in a reply. */
  heads({ sentMs, receivedMs }: Span): Heads {
    return { low: this.#told.before(sentMs) ?? 0, high: this.#begun.before(receivedMs) ?? 0 };
  }

  /** How many deleted messages, which do not count as unread, lie above `seq`: at least, and at most. */
  deletedAbove(seq: number, { sentMs, receivedMs }: Span): Heads {
    const above = this.#deleted.filter((sent) => (sent.seq ?? 0) > seq);
    return {
      low: above.filter(({ deletion }) => (deletion?.receivedMs ?? Infinity) < sentMs).length,
      high: above.filter(({ deletion }) => (deletion?.sentMs ?? Infinity) < receivedMs).length,
    };
  }

  findByNo(no: string): Sent | undefined {
    return this.#byNo.get(no);
  }

  findBySeq(seq: number): Sent | undefined {
    return this.#bySeq.get(seq);
  }

  findById(id: number): Sent | undefined {
    return this.#byId.get(id);
  }

  get newestTold(): number {
    return this.#told.last ?? 0;
  }

  /** Every message that was sent; once all are acknowledged, they have the seqs 1 to n. */
  get all(): IterableIterator<Sent> {
    return this.#byNo.values();
  }

  get size(): number {
    return this.#byNo.size;
  }
}

const LONG = 80;

/** A long text by its beginning and a hash, so that a long run fits into memory. */
export function digestOf(text: string): string {
  if (text.length <= LONG) return text;
  return `${text.slice(0, LONG / 2)}… ${createHash('sha1').update(text).digest('base64url')}`;
}
