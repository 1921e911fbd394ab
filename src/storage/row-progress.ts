const REPORT_EVERY_MS = 5000;

/** Says every few seconds how far something is that takes one row after the other, and at its end how many there were. */
export class RowProgress {
  readonly #what: string;
  readonly #total: number;
  readonly #report: (line: string) => void;
  readonly #startedAtMs = performance.now();
  #reportedAtMs = this.#startedAtMs;
  #here = 0;
  #before = 0;

  constructor(what: string, total: number, report: (line: string) => void) {
    this.#what = what;
    this.#total = total;
    this.#report = report;
  }

  /** Of which some were dealt with earlier. */
  startAfter(rows: number): void {
    this.#before = rows;
  }

  add(rows: number): void {
    this.#here += rows;
    const nowMs = performance.now();
    if (nowMs - this.#reportedAtMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs = nowMs;
    const done = this.#before + this.#here;
    this.#report(`${this.#what}: ${done} of ${this.#total} rows${this.#rate(nowMs)}`);
  }

  end(): void {
    const before = this.#before > 0 ? `, ${this.#before} of them earlier` : '';
    const done = this.#before + this.#here;
    this.#report(`${this.#what}: ${done} rows${before}${this.#rate(performance.now())}`);
  }

  #rate(nowMs: number): string {
    const seconds = (nowMs - this.#startedAtMs) / 1000;
    // Of less than a second, it says nothing.
    return seconds < 1 ? '' : `, ${Math.round(this.#here / seconds)}/s`;
  }
}
