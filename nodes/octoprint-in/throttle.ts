/** The longest delay that `setTimeout` accepts, in ms. */
const longestPause = 2 ** 31 - 1;

/** The most keys that can wait: they come from topics, and anyone can invent those. */
const most = 10_000;

/** Limits the rate for each key: the first goes at once, and of those in between only the newest. */
export class Throttle {
  readonly #pause: number;
  readonly #waiting = new Map<string, { next: (() => void) | undefined; timer: NodeJS.Timeout }>();

  /** @param perSecond 0: no limit */
  constructor(perSecond: number) {
    this.#pause = perSecond > 0 ? Math.min(1000 / perSecond, longestPause) : 0;
  }

  run(key: string, send: () => void): void {
    if (this.#pause === 0) return send();
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.next = send;
      return;
    }
    send();
    this.#wait(key);
  }

  close(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #wait(key: string): void {
    const timer = setTimeout(() => {
      const next = this.#waiting.get(key)?.next;
      this.#waiting.delete(key);
      if (next === undefined) return;
      next();
      this.#wait(key);
    }, this.#pause).unref();
    this.#waiting.set(key, { next: undefined, timer });
    if (this.#waiting.size > most) this.#release();
  }

  /** Runs the one that has waited longest. */
  #release(): void {
    for (const [key, { next, timer }] of this.#waiting) {
      clearTimeout(timer);
      this.#waiting.delete(key);
      return next?.();
    }
  }
}
