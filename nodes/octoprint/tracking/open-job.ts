import { type Ending, percentOf } from "./job-report.ts";
import {
  isRunning,
  type JobPhase,
  type Moment,
  numberOf,
  type Observation,
  type Phase,
  type PrintFile,
} from "./observation.ts";
import { PrintClock } from "./print-clock.ts";
import type { Expectation } from "./print-history.ts";
import { Estimator, type TimeLeft } from "./time-left.ts";

/**
 * How it is known that a job is on. `stored`: only a message that the broker had stored says so. `coming`: STARTING,
 * without PrintStarted yet. `running`: it was found in the middle. `announced`: by PrintStarted.
 */
export type Known = "stored" | "coming" | "running" | "announced";

/**
 * We may have missed its end: `away`, OctoPrint had left the broker; `deaf`, we had. `whole`: all of it is printed, and
 * maybe nothing will say that it is over.
 */
export type Doubt = "away" | "deaf" | "whole";

/** How a job is over, as far as was said; an event that says more may follow until then (our clock, ms). */
export interface PendingEnding extends Ending {
  readonly until: number;
}

/** How long to believe "Printing" where we may have missed the end, ms, if nothing mentions the job. */
const doubtTime = 120_000;
/** The same while a heater still has a target, or where all is printed: a slow print can be silent for minutes. */
const longDoubtTime = 600_000;

/** How long after PrintStarted a progress may still come under the path of the job before, ms: the plugin keeps it. */
const frozen = 10_000;

/** A job that is on, or may be. */
export class OpenJob {
  known: Known;
  file: PrintFile;
  /** False while the file is only concluded from what was selected before. */
  fileSaid: boolean;
  /** Another path that its progress comes under, where it was started within 5 s of the end of another. */
  alias: string | undefined;
  /** A progress came under its own path, so none comes under the path of the job before. */
  ownPathSaid = false;
  readonly start: Moment | undefined;
  /** Our clock, ms. */
  readonly openedAt: number;
  /** When it was last heard to go on. */
  heard: Moment;
  /** The percentage for a report, as it was said last; one that fell to 0 says that it is over, not how far it came. */
  percent: number | undefined;
  /** The percentage as it is shown; `null` while nobody knows. */
  shown: number | null;
  /** The highest percentage that was said. */
  highest = 0;
  /** The printer's time of the last progress, ms. */
  progressAt: number | undefined;
  phase: Phase = "printing";
  /** The words of an Error event. */
  error = "";
  /** A state said that there was an error. */
  sawError = false;
  /** A heater had a target. */
  heated = false;
  doubt: Doubt | undefined;
  /** When the doubt becomes the end, and since when it may; our clock, ms. */
  doubtUntil: number | undefined;
  #doubtFrom = 0;
  /** OctoPrint was away, and nothing was heard of the job since. */
  hidden = false;
  ending: PendingEnding | undefined;
  readonly clock: PrintClock;
  readonly #estimator: Estimator;

  constructor(
    known: Known,
    file: PrintFile,
    fileSaid: boolean,
    input: Observation,
    running: boolean,
    expected: Expectation | undefined,
  ) {
    const startSeen = known === "announced" || known === "coming";
    const at: Moment = { own: input.timestamp, arrived: input.arrived };
    this.known = known;
    this.file = file;
    this.fileSaid = fileSaid;
    this.start = startSeen ? at : undefined;
    this.openedAt = input.arrived;
    this.heard = at;
    this.shown = startSeen ? 0 : null;
    this.clock = new PrintClock(input.arrived, startSeen, running);
    this.#estimator = new Estimator(this.clock, expected, startSeen);
  }

  /** True where there is a job to show: it is not over, and not out of sight. */
  get isShown(): boolean {
    return this.ending === undefined && !this.hidden;
  }

  /** True where a progress under this path is this job's. */
  isUnder(path: string): boolean {
    return path === "" || path === this.file.path || path === this.alias;
  }

  /** True while the plugin may still say the path of the job before for this one's. */
  mayBeFrozen({ timestamp, arrived, retain }: Observation): boolean {
    if (this.known !== "announced" || this.start === undefined || this.ownPathSaid) return false;
    const { own } = this.start;
    const since =
      retain && own !== undefined && timestamp !== undefined ? timestamp - own : arrived - this.start.arrived;
    return since <= frozen;
  }

  /** It is in this phase now: its clock stands while it is paused. */
  enter(phase: JobPhase, now: number): void {
    this.phase = phase;
    this.clock.run(isRunning(phase), now);
  }

  /** A message is a sign of its life. */
  live(input: Observation): void {
    this.heard = { own: input.timestamp, arrived: input.arrived };
  }

  /** A word of it is to come from now on. */
  expectWord(now: number): void {
    this.#doubtFrom = now;
    this.doubtUntil = now + doubtTime;
  }

  /** It still heats, so a word of it may take longer. */
  expectWordLater(now: number): void {
    this.doubtUntil = Math.min(now + doubtTime, this.#doubtFrom + longDoubtTime);
  }

  /** All of it is printed; an event or a state may tell its end. */
  expectEnd(now: number): void {
    this.doubt = "whole";
    this.doubtUntil = now + longDoubtTime;
  }

  /** Its end may have been missed: where it is over, that may have happened in any way. */
  get isAnyEnd(): boolean {
    return this.doubt === "deaf" || this.doubt === "whole";
  }

  /** Nothing was missed of it after all. */
  forgetDoubt(): void {
    this.doubt = undefined;
    this.doubtUntil = undefined;
    this.hidden = false;
  }

  /** A live message says that it goes on. */
  goesOn(): void {
    this.forgetDoubt();
    if (this.known === "stored") this.known = "running";
  }

  named(file: PrintFile): void {
    if (file.path === "" || this.alias === file.path) return;
    if (this.fileSaid && this.file.path === file.path) return;
    this.file = file;
    this.fileSaid = true;
  }

  /** An event names its file: a path that was said before is the one that the plugin keeps. */
  corrected(file: PrintFile): void {
    if (this.fileSaid && !this.isUnder(file.path)) {
      this.alias = this.file.path;
      this.file = file;
    } else this.named(file);
  }

  /** Takes a PrintStarted that comes after STARTING and PRINTING have told the start. */
  announced(file: PrintFile): void {
    this.known = "announced";
    this.named(file);
  }

  /** Takes a percentage. @param live false for what the broker had stored */
  moved(progress: number | null, live: boolean, { timestamp, arrived }: Observation): void {
    this.shown = progress;
    this.progressAt = timestamp;
    if (progress === null) return;
    if (progress > 0 || this.percent === undefined) this.percent = progress;
    this.highest = Math.max(this.highest, progress);
    if (live) this.#estimator.move(progress, arrived);
  }

  /** Takes the percentage of PrintPaused. */
  pausedAt(progress: unknown): void {
    const percent = percentOf(progress);
    if (percent === undefined) return;
    this.percent = percent;
    this.shown = percent;
  }

  rises(z: unknown, now: number): void {
    const height = numberOf(z);
    if (height !== undefined) this.#estimator.rise(height, now);
  }

  get times(): readonly (number | undefined)[] {
    return this.#estimator.times;
  }

  /** @param now our clock, ms since the epoch */
  timeLeftAt(now: number): TimeLeft {
    return this.#estimator.leftAt(now);
  }

  /** Seconds of printing so far, pauses excluded. */
  elapsedAt(now: number): number | null {
    const ms = this.clock.sinceStartAt(now);
    return ms === undefined ? null : Math.round(ms / 1000);
  }
}
