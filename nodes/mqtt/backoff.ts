/** The pauses between attempts: they grow with each failure, and no two clients of a broker that restarts have the same. */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  #failures = 0;

  /** ms */
  constructor(first: number, longest: number) {
    this.#first = first;
    this.#longest = longest;
  }

  fail(): void {
    this.#failures++;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** ms, at random between half of the longest that it may be and that. */
  next(): number {
    return this.#after(this.#failures);
  }

  /** ms, as after no failure. */
  first(): number {
    return this.#after(0);
  }

  #after(failures: number): number {
    return Math.min(this.#longest, this.#first * 2 ** Math.min(failures, 16)) * (0.5 + Math.random() / 2);
  }
}
