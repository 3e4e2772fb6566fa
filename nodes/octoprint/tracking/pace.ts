interface Point {
  /** Percent. */
  readonly progress: number;
  /** Measured ms of printing. */
  readonly at: number;
}

/** No pace before this much was seen: 5 percent and 10 s. */
const enoughPercent = 5;
const enoughTime = 10_000;
/** Or at 10 percent, where one look of the plugin, which looks every 5 s, saw at least 3 percent. */
const quickFrom = 10;
const quickPercent = 3;
const look = 5_000;
const shortestLook = 4_500;
/** PrintTimeGenius lets the percentage go back now and then; by more than this it is another print. */
const jitter = 5;
/** The pace is that of the last percents: half of what is printed, but neither fewer nor more than these. */
const [fewest, most] = [5, 20] as const;

/** How a percentage moves with the time of printing. */
export class Pace {
  /** At least a percent apart, no more than the pace needs. */
  #points: Point[] = [];
  #latest: Point | undefined;
  /** Milliseconds for a percent, as the last look saw it. */
  #quick: number | undefined;

  /** @param startSeen the print is at 0 percent now */
  constructor(startSeen: boolean) {
    if (startSeen) this.#latest = { progress: 0, at: 0 };
  }

  get latest(): Point | undefined {
    return this.#latest;
  }

  /**
   * The first percentage may predate heating, so measure once it moves.
   *
   * @param at measured ms of printing
   */
  move(progress: number, at: number): void {
    const before = this.#latest;
    if (before === undefined || progress < before.progress - jitter) {
      this.#points = [];
      this.#quick = undefined;
      this.#latest = { progress, at };
      return;
    }
    if (progress <= before.progress) return;
    const [percent, took] = [progress - before.progress, at - before.at];
    this.#quick =
      progress >= quickFrom && percent >= quickPercent && took >= shortestLook
        ? Math.min(took, look) / percent
        : undefined;
    this.#latest = { progress, at };
    // The start, and the first value after it, say nothing of the pace yet.
    if (before.progress === 0 && before.at === 0) return;
    this.#keep(this.#latest);
  }

  #keep(point: Point): void {
    const last = this.#points.at(-1);
    if (last !== undefined && point.progress < last.progress + 1) return;
    this.#points.push(point);
    while (this.#points.length > 2 && (this.#points[1]?.progress ?? 100) <= point.progress - most) this.#points.shift();
  }

  /** Milliseconds from the latest progress to the end; `undefined` where too little was seen. */
  get left(): number | undefined {
    const latest = this.#latest;
    if (latest === undefined) return undefined;
    const window = Math.min(most, Math.max(fewest, latest.progress / 2));
    let from = this.#points[0];
    for (const point of this.#points) if (point.progress <= latest.progress - window) from = point;
    const [percent, took] = from ? [latest.progress - from.progress, latest.at - from.at] : [0, 0];
    if (percent >= enoughPercent && took >= enoughTime) return ((100 - latest.progress) * took) / percent;
    return this.#quick === undefined ? undefined : (100 - latest.progress) * this.#quick;
  }
}
