import { Pace } from "./pace.ts";
import type { PrintClock } from "./print-clock.ts";
import { type Expectation, timeStep } from "./print-history.ts";

/** The time left, seconds, and who says so. */
export type TimeLeft =
  | { readonly seconds: number; readonly from: "octoprint" | "estimate" }
  | { readonly seconds: null; readonly from: null };

/** There is no time left to show. */
export const nobodyKnows: TimeLeft = { seconds: null, from: null };

/** How much an expectation counts beside the pace while the two agree, of 1. */
const weight = 0.85;
/** Up to this ratio of the two times left they agree; from this one on only the pace counts. */
const [agreeing, contradicting] = [2, 3] as const;
/** They agree, too, where the whole print would take about as long: near the end little is left by either. */
const agreeingInAll = 1.25;
/** A new layer is at most so much higher than the last one, mm; more is a hop of the nozzle. */
const highestLayer = 1;

/** Estimates how long a job still takes. */
export class Estimator {
  readonly #clock: PrintClock;
  readonly #expected: Expectation | undefined;
  readonly #progress: Pace;
  readonly #height = new Pace(false);
  #layer: number | undefined;
  /** Milliseconds of printing at each 5 percent. */
  readonly #times: (number | undefined)[] = [];

  constructor(clock: PrintClock, expected: Expectation | undefined, startSeen: boolean) {
    this.#clock = clock;
    this.#expected = expected;
    this.#progress = new Pace(startSeen);
  }

  /** Milliseconds of printing at each 5 percent, for the next print of the same file. */
  get times(): readonly (number | undefined)[] {
    return this.#times;
  }

  /** Takes a live progress, percent. */
  move(progress: number, now: number): void {
    this.#progress.move(progress, this.#clock.measuredAt(now));
    this.#times[Math.floor(progress / timeStep)] ??= this.#clock.sinceStartAt(now);
  }

  /** Takes the height of the nozzle, mm. */
  rise(z: number, now: number): void {
    const height = this.#expected?.height;
    if (height === undefined || !this.#isLayer(z)) return;
    this.#layer = z;
    this.#height.move(Math.min(100, (z / height) * 100), this.#clock.measuredAt(now));
  }

  #isLayer(z: number): boolean {
    const last = this.#layer ?? 0;
    return z > last && z - last <= highestLayer;
  }

  /** @param now our clock, ms since the epoch */
  leftAt(now: number): TimeLeft {
    const told = this.#clock.toldLeftAt(now);
    if (told !== undefined) return { seconds: told, from: "octoprint" };
    const sinceStart = this.#clock.sinceStartAt(now);
    const left = this.#asBefore(sinceStart) ?? this.#blend(this.#expectedLeft(now, sinceStart), now, sinceStart);
    return left === undefined ? nobodyKnows : { seconds: Math.max(0, Math.round(left / 1000)), from: "estimate" };
  }

  #paceLeft(now: number): number | undefined {
    const byProgress = leftNow(this.#progress, this.#clock.measuredAt(now));
    if (byProgress === undefined) return undefined;
    const byHeight = leftNow(this.#height, this.#clock.measuredAt(now));
    return byHeight === undefined ? byProgress : (byProgress + byHeight) / 2;
  }

  /** What the last print of the file still took when it was where this one is, as long as this one takes as long. */
  #asBefore(sinceStart: number | undefined): number | undefined {
    const step = Math.floor((this.#progress.latest?.progress ?? 0) / timeStep);
    const [then, entered] = [this.#expected?.times[step], this.#times[step]];
    if (this.#expected === undefined || step === 0 || then === undefined || entered === undefined) return undefined;
    if (sinceStart === undefined || ratioOf(then, entered) > agreeingInAll) return undefined;
    return Math.max(0, this.#expected.total - then - (sinceStart - entered));
  }

  #expectedLeft(now: number, sinceStart: number | undefined): number | undefined {
    if (this.#expected === undefined) return undefined;
    const { total } = this.#expected;
    if (sinceStart !== undefined) return total - sinceStart;
    const { latest } = this.#progress;
    return latest && total * (1 - latest.progress / 100) - (this.#clock.measuredAt(now) - latest.at);
  }

  #blend(expected: number | undefined, now: number, sinceStart: number | undefined): number | undefined {
    const pace = this.#paceLeft(now);
    if (expected === undefined) return pace;
    // What was only calculated may be wrong by any factor; until the pace says something it says nothing.
    if (pace === undefined) return this.#expected?.from === "calculated" || expected < 0 ? undefined : expected;
    if (expected < 0) return pace;
    const trust = weight * agreement(expected, pace, sinceStart ?? 0);
    return trust * expected + (1 - trust) * pace;
  }
}

/** How far two times left agree: from 1, fully, to 0. */
function agreement(expected: number, pace: number, elapsed: number): number {
  if (ratioOf(elapsed + expected, elapsed + pace) <= agreeingInAll) return 1;
  return Math.min(1, Math.max(0, (contradicting - ratioOf(expected, pace)) / (contradicting - agreeing)));
}

function ratioOf(a: number, b: number): number {
  return Math.max(a, b) / Math.max(1, Math.min(a, b));
}

function leftNow(pace: Pace, measured: number): number | undefined {
  const { left, latest } = pace;
  return left === undefined || latest === undefined ? undefined : Math.max(0, left - (measured - latest.at));
}
