import {
  afterStep,
  countUnread,
  describeState,
  isListed,
  STRANGER,
  type Heads,
  type State,
  type Step,
} from './admissible-states.js';
import type { ChannelLog, Span } from './channel-log.js';

/** What a client shows of one conversation; undefined where it shows none. */
export interface Shown {
  readonly lastSeq: number;
  /** Where it is not known, anything goes. */
  readonly unread?: number;
  readonly readSeq?: number;
}

/** From the request of one step to the answer of the next, these states are possible. */
interface Era {
  readonly step: Step | undefined;
  readonly fromMs: number;
  toMs: number;
  /** When the step that led here was answered; until then it can have been done twice, with a kill in between. */
  answeredMs: number;
  /** What was possible until then; undefined while there is no answer. */
  before: readonly State[] | undefined;
  /** What is possible since; undefined while there is no answer. */
  states: readonly State[] | undefined;
}

/** More than can be asked about: a request that is answered after so many steps is not known here. */
const MAX_ERAS = 400;

/**
 * One user in one channel, through time. Steps follow one another: whoever takes one waits for its answer. So
 * any moment has few possible states, and every reply can be held against those of its span.
 */
export class Membership {
  readonly log: ChannelLog;
  readonly #eras: Era[];
  /** Whoever takes a step holds this. */
  isBusy = false;

  constructor(log: ChannelLog, first: State = STRANGER) {
    this.log = log;
    this.#eras = [
      { step: undefined, fromMs: 0, toMs: Infinity, answeredMs: 0, before: [first], states: [first] },
    ];
  }

  begin(step: Step): void {
    const unknown = { toMs: Infinity, answeredMs: Infinity, before: undefined, states: undefined };
    this.#eras.push({ step, fromMs: performance.now(), ...unknown });
    if (this.#eras.length > MAX_ERAS) this.#eras.shift();
  }

  /** The step is answered; `step` says more than at its beginning, where the answer did. */
  end(step: Step): void {
    const era = this.#eras.at(-1);
    const previous = this.#eras.at(-2);
    if (era === undefined || previous === undefined) throw new Error('no step was begun');
    const nowMs = performance.now();
    era.before = this.#after(step, previous.states ?? [], { sentMs: era.fromMs, receivedMs: nowMs });
    era.states = era.before;
    era.answeredMs = nowMs;
    previous.toMs = nowMs;
  }

  /** What he is now, as far as that is certain; while no step is under way. */
  get isMember(): boolean {
    return this.#now.every(({ isMember }) => isMember);
  }

  /** Where his part of the log can begin: just above one of these. */
  get floors(): ReadonlySet<number> {
    return new Set(this.#now.map(({ floorSeq }) => floorSeq));
  }

  /** No message above it can be one that he has deleted for himself. */
  get highestFloor(): number {
    return Math.max(...this.floors);
  }

  get #now(): readonly State[] {
    return this.#eras.at(-1)?.states ?? [];
  }

  /** Whether no step was under way. */
  isQuietIn(span: Span): boolean {
    const eras = this.#erasIn(span);
    return eras.length === 1 && eras[0]?.states !== undefined;
  }

  /** The states that he can have been in. */
  statesIn(span: Span): readonly State[] {
    return this.#erasIn(span).flatMap((era) => this.#statesOf(era, span));
  }

  /**
   * What is wrong with what a client shows after a reply; undefined when it is one of the things that the
   * server can have meant.
   */
  findFault(shown: Shown | undefined, span: Span): string | undefined {
    const heads = this.log.heads(span);
    const states = this.statesIn(span);
    const fitting = states.filter((state) => this.#fits(state, shown, { heads, span }));
    if (fitting.length === 0) return this.#describeFault(shown, { heads, states });
    this.#narrow(fitting, span);
    return undefined;
  }

  #fits(state: State, shown: Shown | undefined, { heads, span }: { heads: Heads; span: Span }): boolean {
    if (shown === undefined) return !isListed(state, heads.low);
    const { lastSeq, readSeq, unread } = shown;
    if (lastSeq < heads.low || lastSeq > heads.high || !isListed(state, lastSeq)) return false;
    if (readSeq !== undefined && readSeq !== state.readSeq) return false;
    if (unread === undefined) return true;
    const deleted = this.log.deletedAbove(Math.max(state.readSeq, state.floorSeq), span);
    const all = countUnread(state, lastSeq);
    return unread >= all - deleted.high && unread <= all - deleted.low;
  }

  /** What a reply shows while no step is under way says which of the possible states it is. */
  #narrow(fitting: readonly State[], span: Span): void {
    const [era, ...others] = this.#erasIn(span);
    if (era?.states === undefined || others.length > 0 || era !== this.#eras.at(-1)) return;
    if (fitting.length < era.states.length) era.states = fitting;
  }

  #erasIn({ sentMs, receivedMs }: Span): Era[] {
    const eras: Era[] = [];
    for (let index = this.#eras.length - 1; index >= 0; index -= 1) {
      const era = this.#eras[index];
      if (era === undefined || era.toMs < sentMs) break;
      if (era.fromMs <= receivedMs) eras.push(era);
    }
    return eras;
  }

  #statesOf({ step, fromMs, ...era }: Era, { sentMs, receivedMs }: Span): readonly State[] {
    if (era.states !== undefined || step === undefined) {
      return (sentMs <= era.answeredMs ? era.before : era.states) ?? [];
    }
    const before = this.#eras.at(-2)?.states ?? [];
    return this.#after(step, before, { sentMs: fromMs, receivedMs });
  }

  #after(step: Step, before: readonly State[], span: Span): State[] {
    const { low, high } = this.log.heads(span);
    if (step.kind !== 'send') return afterStep(step, before, { low, high });
    if (step.seq !== undefined) return afterStep(step, before, { low: step.seq, high: step.seq });
    return afterStep(step, before, { low: low + 1, high });
  }

  #describeFault(
    shown: Shown | undefined,
    { heads, states }: { heads: Heads; states: readonly State[] },
  ): string {
    const possible = [...new Set(states.map(describeState))].slice(0, 8).join(' or ');
    return (
      `shows ${shown === undefined ? 'nothing' : JSON.stringify(shown)}; ` +
      `possible are a newest message from ${heads.low} to ${heads.high}, and ${possible}`
    );
  }
}
