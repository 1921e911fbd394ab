import { RECONNECT_MAX_MS, RECONNECT_MIN_MS } from './time-outs.js';

/** How long to wait before the next attempt: twice as long after each that fails, and never quite the same. */
export class BackOff {
  #failures = 0;

  nextMs(): number {
    const longest = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** this.#failures);
    this.#failures += 1;
    return longest * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.#failures = 0;
  }
}
