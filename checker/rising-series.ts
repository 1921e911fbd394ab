/** A value that only rises, with the times at which it did: what was it then? */
export class RisingSeries<Value extends number | bigint> {
  readonly #times: number[] = [];
  readonly #values: Value[] = [];

  /** Times must not fall from call to call. A value that is not higher changes nothing. */
  raise(atMs: number, value: Value): void {
    const last = this.#values.at(-1);
    if (last !== undefined && value <= last) return;
    this.#times.push(atMs);
    this.#values.push(value);
  }

  /** The value before `atMs`; undefined when there was none. */
  before(atMs: number): Value | undefined {
    let [from, to] = [0, this.#times.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#times[middle] ?? 0) < atMs) from = middle + 1;
      else to = middle;
    }
    return this.#values[from - 1];
  }

  get last(): Value | undefined {
    return this.#values.at(-1);
  }
}
