import type { Change, ChangeListener } from '../ports/change.js';

/** Carries what was committed to all who want to know of it. */
export interface ChangeBus {
  publish(change: Change): void;
  subscribe(listener: ChangeListener): void;
}

/** Within one process. */
export class LocalChangeBus implements ChangeBus {
  readonly #listeners: ChangeListener[] = [];

  publish(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  subscribe(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }
}
