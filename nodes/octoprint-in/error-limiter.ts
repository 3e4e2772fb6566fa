/** How many errors of one kind are reported singly within a minute; the others are counted. */
const single = 10;
/** Milliseconds. */
const window = 60_000;

interface Sort {
  reported: number;
  counted: number;
  /** Reports what was counted. */
  sum: ((count: number) => void) | undefined;
}

/** Keeps many errors readable: reports the first ten per minute singly, then one per minute with their number. */
export class ErrorLimiter {
  readonly #sorts = new Map<string, Sort>();
  #timer: NodeJS.Timeout | undefined;

  /** Calls `report` now without a count, or once at the end of the minute with the number of errors left out. */
  report(sort: string, report: (count?: number) => void): void {
    let state = this.#sorts.get(sort);
    if (state === undefined) {
      state = { reported: 0, counted: 0, sum: undefined };
      this.#sorts.set(sort, state);
    }
    this.#timer ??= setTimeout(() => this.end(), window).unref();
    if (state.reported < single) {
      state.reported++;
      report();
    } else {
      state.counted++;
      state.sum = report;
    }
  }

  /** Ends the minute: says how many errors were left out. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const sorts = [...this.#sorts.values()];
    this.#sorts.clear();
    for (const { counted, sum } of sorts) if (counted > 0) sum?.(counted);
  }
}
