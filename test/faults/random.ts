/** A generator that a seed starts: the same seed gives the same run again. */
export class Random {
  readonly seed: number;
  #state: number;

  /** @param seed without one, that of `SEED`, else any */
  constructor(seed = Number(process.env.SEED ?? Date.now() % 1_000_000_000)) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** 0 ≤ x < 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.next() * times < 1;
  }

  of<T>(choices: readonly T[]): T {
    const at = this.whole(0, choices.length - 1);
    for (const chosen of choices.slice(at, at + 1)) return chosen;
    throw new Error("there is nothing to choose from");
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at++) bytes[at] = this.whole(0, 255);
    return bytes;
  }
}
