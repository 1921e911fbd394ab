import type { Change, ChangeBus, ChangeListener } from '../ports/change.js';
import { LocalChangeBus } from '../system.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** Tells the other workers, through the process that started them all, what this one has committed. */
export class WorkerChangeBus implements ChangeBus {
  readonly #local = new LocalChangeBus();

  constructor() {
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'change') this.#local.publish(message.change);
    });
  }

  publish(change: Change): void {
    this.#local.publish(change);
    if (process.connected) process.send?.({ kind: 'change', change } satisfies FromWorker);
  }

  subscribe(listener: ChangeListener): void {
    this.#local.subscribe(listener);
  }
}
