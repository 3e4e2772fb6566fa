import { firstAttemptTiming } from "./timing.ts";

/**
 * When each of many connections tries for the first time. A few that open in the same moment try at once, further ones
 * one after the other: a start of Node-RED with fifty servers is no burst.
 *
 * @example
 * const attempts = new FirstAttempts();
 * setTimeout(connect, attempts.delay());
 */
export class FirstAttempts {
  readonly #now: () => number;
  /** When all attempts until now would be over, if each took `between`. */
  #over = 0;

  /** @param now a clock that is never set back, ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How long the next connection waits before it tries, ms; 0: it tries at once. */
  delay(): number {
    const { atOnce, between, longest } = firstAttemptTiming;
    const now = this.#now();
    const delay = Math.max(0, this.#over - now - (atOnce - 1) * between);
    this.#over = Math.max(now, this.#over) + between;
    return delay <= longest ? delay : Math.random() * longest;
  }
}
