import { AppError } from '../domain/errors.js';
import type { Topic } from '../domain/topic.js';
import type { Change } from '../ports/change.js';
import type { UserScope } from '../ports/store.js';
import type { Timer } from '../ports/timer.js';

export interface WaiterLimits {
  readonly maxWaiters: number;
  readonly maxWaitersPerUser: number;
}

/** How many are woken before others get their turn, when a change concerns many. */
const WAKE_BATCH = 50;

/**
 * Clients that have everything and wait for more.
 *
 * They are found by what concerns them, so that a change wakes those whom it concerns and nobody looks into
 * the store until then. A wake-up carries no data: who is woken looks again, and waits on if there is nothing
 * for him. So one that comes twice, or for nothing, does no harm.
 */
export class Waiters {
  readonly #timer: Timer;
  readonly #limits: WaiterLimits;
  /** By community, then topic. Most topics have one waiter, who then needs no set. */
  readonly #byTopic = new Map<number, Map<Topic, Waiter | Set<Waiter>>>();
  readonly #perUser = new Map<string, number>();
  readonly #all = new Set<Waiter>();
  #woken: Waiter[] = [];
  #isClosed = false;

  constructor(timer: Timer, limits: WaiterLimits) {
    this.#timer = timer;
    this.#limits = limits;
  }

  /** How many are waiting. */
  get size(): number {
    return this.#all.size;
  }

  /**
   * Takes a place, to be left with `leave`. It counts from now on; wake-ups are noticed from `watch` on.
   *
   * @throws RESOURCE_EXHAUSTED when this user has too many, UNAVAILABLE when the server has
   */
  enter(user: UserScope, maxMs: number): Waiter {
    const key = `${user.communityId}:${user.uid}`;
    const ofUser = this.#perUser.get(key) ?? 0;
    if (this.#all.size >= this.#limits.maxWaiters) {
      throw new AppError('UNAVAILABLE', 'too many clients are waiting: poll without wait');
    }
    if (ofUser >= this.#limits.maxWaitersPerUser) {
      const most = this.#limits.maxWaitersPerUser;
      throw new AppError('RESOURCE_EXHAUSTED', `${most} requests of this user are waiting already`, {
        field: 'wait',
      });
    }
    this.#perUser.set(key, ofUser + 1);
    const waiter = new Waiter(user.communityId, key);
    this.#all.add(waiter);
    waiter.cancelTimer = this.#timer.after(maxMs, () => waiter.end());
    if (this.#isClosed) waiter.end();
    return waiter;
  }

  /** From now on the waiter is woken by these topics, and by no others. */
  watch(waiter: Waiter, topics: readonly Topic[]): void {
    this.#unwatch(waiter);
    waiter.topics = topics;
    const byTopic = this.#ofCommunity(waiter.communityId);
    for (const topic of topics) {
      const present = byTopic.get(topic);
      if (present === undefined) byTopic.set(topic, waiter);
      else if (present instanceof Set) present.add(waiter);
      else byTopic.set(topic, new Set([present, waiter]));
    }
  }

  leave(waiter: Waiter): void {
    if (!this.#all.delete(waiter)) return;
    waiter.cancelTimer();
    this.#unwatch(waiter);
    const others = (this.#perUser.get(waiter.userKey) ?? 0) - 1;
    if (others > 0) this.#perUser.set(waiter.userKey, others);
    else this.#perUser.delete(waiter.userKey);
  }

  /** Wakes whom a change concerns, some at a time. */
  wake({ communityId, topics }: Change): void {
    const isIdle = this.#woken.length === 0;
    if (topics === 'all') {
      for (const waiter of this.#all) if (waiter.communityId === communityId) this.#woken.push(waiter);
    } else {
      for (const topic of topics) {
        for (const waiter of this.#watching(communityId, topic)) this.#woken.push(waiter);
      }
    }
    if (isIdle) this.#wakeSome();
  }

  /** Ends the waiting of all who are here or come later. */
  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#all) waiter.end();
  }

  #watching(communityId: number, topic: Topic): Iterable<Waiter> {
    const concerned = this.#byTopic.get(communityId)?.get(topic) ?? [];
    return concerned instanceof Waiter ? [concerned] : concerned;
  }

  #wakeSome(): void {
    for (const waiter of this.#woken.slice(0, WAKE_BATCH)) waiter.wake();
    this.#woken = this.#woken.slice(WAKE_BATCH);
    if (this.#woken.length > 0) this.#timer.soon(() => this.#wakeSome());
  }

  #unwatch(waiter: Waiter): void {
    const byTopic = this.#ofCommunity(waiter.communityId);
    for (const topic of waiter.topics) {
      const present = byTopic.get(topic);
      if (present instanceof Set) {
        present.delete(waiter);
        if (present.size === 0) byTopic.delete(topic);
      } else if (present === waiter) byTopic.delete(topic);
    }
    waiter.topics = [];
  }

  #ofCommunity(communityId: number): Map<Topic, Waiter | Set<Waiter>> {
    const present = this.#byTopic.get(communityId);
    if (present) return present;
    const created = new Map<Topic, Waiter | Set<Waiter>>();
    this.#byTopic.set(communityId, created);
    return created;
  }
}

/** One client that waits. */
export class Waiter {
  readonly communityId: number;
  readonly userKey: string;
  topics: readonly Topic[] = [];
  cancelTimer: () => void = () => {};
  #isWoken = false;
  #isOver = false;
  #resume: (() => void) | undefined;

  constructor(communityId: number, userKey: string) {
    this.communityId = communityId;
    this.userKey = userKey;
  }

  wake(): void {
    this.#isWoken = true;
    this.#resume?.();
  }

  /** The time is up, the client has gone, or the server is closing. */
  end(): void {
    this.#isOver = true;
    this.#resume?.();
  }

  /**
   * Resolves to true at the next wake-up, at once if there has been one since the last time, and to false
   * when it is over.
   */
  async next(): Promise<boolean> {
    if (!this.#isWoken && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    const isWoken = this.#isWoken;
    this.#isWoken = false;
    return isWoken;
  }
}
