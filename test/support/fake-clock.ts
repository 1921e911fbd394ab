import type { Clock } from '../../src/ports/clock.js';

/** A day in 2025, well after every version that a test makes up. */
const START_MS = Date.UTC(2025, 10, 21, 20);

/** A wall clock that stands still until it is told to move, in either direction. */
export class FakeClock implements Clock {
  #nowMs: number;

  constructor(nowMs: number = START_MS) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  set(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** Moves by `ms`, back when it is negative. */
  move(ms: number): void {
    this.#nowMs += ms;
  }
}
