/** Measures a job: milliseconds of printing, which pauses stop, and what OctoPrint itself says of its times. */
export class PrintClock {
  /** When it was started, our clock, ms since the epoch. */
  readonly #openedAt: number;
  /** Measured so far, without what runs since `#since`. */
  #measured = 0;
  /** Our clock; `undefined`: it stands. */
  #since: number | undefined;
  /** What is to be added to the measured time to have the time since the job's start; `undefined`: nobody knows. */
  #before: number | undefined;
  /** OctoPrint's own time left, s, and at which measured ms it said so. */
  #told: { left: number; at: number } | undefined;
  /** What a stored message told, until the printer's clock is known for sure. */
  #guess: { readonly age: number; readonly timestamp: number; readonly arrived: number } | undefined;

  constructor(now: number, startSeen: boolean, running: boolean) {
    this.#openedAt = now;
    this.#since = running ? now : undefined;
    this.#before = startSeen ? 0 : undefined;
  }

  /** Milliseconds of printing since we watch. */
  measuredAt(now: number): number {
    return this.#since === undefined ? this.#measured : this.#measured + Math.max(0, now - this.#since);
  }

  /** Milliseconds of pauses since we watch. */
  pausedAt(now: number): number {
    return Math.max(0, now - this.#openedAt - this.measuredAt(now));
  }

  /** Lets the clock run or stand. */
  run(running: boolean, now: number): void {
    if (running === (this.#since !== undefined)) return;
    this.#measured = this.measuredAt(now);
    this.#since = running ? now : undefined;
  }

  /**
   * Takes what OctoPrint measures itself.
   *
   * @param printTime s, `undefined`: it does not say; so is `left`
   * @param age how long ago it said so, ms
   * @param timestamp when it said so, ms since the epoch, the printer's clock
   */
  tell(
    printTime: number | undefined,
    left: number | undefined,
    now: number,
    age: number,
    timestamp: number | undefined,
  ): void {
    const at = this.measuredAt(now) - (this.#since === undefined ? 0 : age);
    if (printTime !== undefined) this.#before = Math.max(0, printTime) * 1000 - at;
    this.#told = left === undefined ? undefined : { left: Math.max(0, left), at };
    this.#guess = timestamp === undefined ? undefined : { age, timestamp, arrived: now };
  }

  /** Corrects the guess of a stored message's age. @param timeAt the printer's time at one of ours */
  correct(timeAt: (now: number) => number | undefined): void {
    const guess = this.#guess;
    if (guess === undefined) return;
    this.#guess = undefined;
    const then = timeAt(guess.arrived);
    if (then === undefined) return;
    const older = Math.max(0, then - guess.timestamp) - guess.age;
    if (this.#before !== undefined) this.#before += older;
    if (this.#told) this.#told.at -= older;
  }

  /** Milliseconds of printing since the job's start; `undefined` where nobody knows. */
  sinceStartAt(now: number): number | undefined {
    return this.#before === undefined ? undefined : Math.max(0, this.#before + this.measuredAt(now));
  }

  /** OctoPrint's own time left, s; `undefined` where it does not say. */
  toldLeftAt(now: number): number | undefined {
    const told = this.#told;
    return told && Math.max(0, Math.round(told.left - (this.measuredAt(now) - told.at) / 1000));
  }
}
