import type { Figures } from './figures.js';
import { pause, type HttpClient } from './http-client.js';
import type { Random } from './random.js';
import type { Workload } from './workload.js';
import type { World } from './world.js';

export interface FaultsDeps {
  readonly client: HttpClient;
  readonly workload: Workload;
  readonly figures: Figures;
  readonly random: Random;
  readonly world: World;
}

/** Breaks something, and mends it. Returns how long that took, if nobody could work meanwhile. */
export type Fault = () => Promise<number | undefined>;

export interface FaultsOptions {
  readonly random: Random;
  /** Drawn until none is left, then all again: so a short run sees each of them, too. */
  readonly deck: readonly Fault[];
  /** Ends what is still broken, and counts what is only known then. */
  heal(this: void): void;
}

/** Before the next fault, as a part of what the last start took. */
const UP_FOR = 0.5;

/** Breaks one thing after the other. */
export class Faults {
  readonly heal: () => void;
  readonly #random: Random;
  readonly #deck: readonly Fault[];
  #left: Fault[] = [];
  #lastRecoveryMs = 0;

  constructor({ random, deck, heal }: FaultsOptions) {
    this.#random = random;
    this.#deck = deck;
    this.heal = heal;
  }

  async step(): Promise<void> {
    // On a busy machine a start takes long, and the server has to be up for most of the time.
    await pause(Math.max(this.#random.between(150, 900), this.#lastRecoveryMs * UP_FOR));
    if (this.#left.length === 0) this.#left = [...this.#deck];
    const [fault] = this.#left.splice(this.#random.below(this.#left.length), 1);
    this.#lastRecoveryMs = (await fault?.()) ?? this.#lastRecoveryMs;
  }
}
