import type { Change, ChangeBus, ChangeListener } from '../../src/ports/change.js';
import { LocalChangeBus } from '../../src/system.js';

/** For a process that what others commit reaches late: not before `release`. */
export class HeldChangeBus implements ChangeBus {
  readonly #bus = new LocalChangeBus();
  #held: Change[] = [];

  publish(change: Change): void {
    this.#held.push(change);
  }

  subscribe(listener: ChangeListener): void {
    this.#bus.subscribe(listener);
  }

  release(): void {
    const released = this.#held;
    this.#held = [];
    for (const change of released) this.#bus.publish(change);
  }
}
