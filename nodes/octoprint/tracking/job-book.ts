import { better, doubted, isSure, isUntold, isWordOf, type LastJob, outcomeOfPhase, reasoned } from "./endings.ts";
import { type Ending, endOf, type JobReport, type JobStep, stepOf } from "./job-report.ts";
import { type Moment, momentOf, type Observation, type PrintFile } from "./observation.ts";
import type { OpenJob } from "./open-job.ts";

/** How long an event may take after the state that announces it, ms; OctoPrint 1.11 has none for an error in a pause. */
export const patience = 2_000;
/** What shows that a print is over, as a progress of 0, does, unless one of the plugin's next two looks says otherwise, ms. */
export const twoLooks = 12_000;
/** How long a job that another one has taken the place of may show that it goes on all the same, ms. */
const overlap = 120_000;
/** At most this many reports wait for that. */
const mostWaiting = 20;
/** How long two OctoPrints on one base topic are remembered after both were heard, ms. */
const clashMemory = 1_800_000;

/** A job whose place another one took without a word of its end. Its report waits, and so do those that follow it. */
interface Overtaken {
  readonly job: OpenJob;
  readonly ending: Ending;
  readonly until: number;
  readonly waiting: JobReport[];
}

/** The jobs of one printer: at most one is open, each is reported once when it ends, and before the next one begins. */
export class JobBook {
  job: OpenJob | undefined;
  last: LastJob | undefined;
  /**
   * The newest time, by the printer's clock, at which a job is known to have been over: what the broker had stored of a
   * progress by then says nothing.
   */
  overAt = Number.NEGATIVE_INFINITY;
  /** The path of the job that ended before the open one began. */
  before: string | undefined;
  /** The job of another OctoPrint that publishes below the same base topic. */
  #other: OpenJob | undefined;
  #clashUntil = Number.POSITIVE_INFINITY;
  #overtaken: Overtaken | undefined;
  /** A start that is still to be told. */
  #start: { readonly job: OpenJob; readonly at: Moment; readonly until: number } | undefined;
  /** The last job whose place another one took, once its end is told. */
  #told: LastJob | undefined;
  #reports: JobReport[] = [];
  /** Is told of each job that is done. */
  readonly #done: (job: OpenJob, ending: Ending) => void;

  constructor(done: (job: OpenJob, ending: Ending) => void) {
    this.#done = done;
  }

  /** Two OctoPrints publish below one base topic. */
  get isClash(): boolean {
    return this.#clashUntil !== Number.POSITIVE_INFINITY;
  }

  /** When something is to be done without a message, our clock, ms; infinite where not. */
  get wakeAt(): number {
    const { job } = this;
    return Math.min(
      job?.ending?.until ?? Number.POSITIVE_INFINITY,
      job?.doubtUntil ?? Number.POSITIVE_INFINITY,
      this.#overtaken?.until ?? Number.POSITIVE_INFINITY,
      this.#startDue,
      this.#clashUntil,
    );
  }

  /** When a start is told without a name; not while its job may be over, whose end tells it otherwise. */
  get #startDue(): number {
    return this.#start?.job.isShown ? this.#start.until : Number.POSITIVE_INFINITY;
  }

  /** The reports since the last call, in order. */
  takeReports(): readonly JobReport[] {
    if (this.#reports.length === 0) return none;
    const reports = this.#reports;
    this.#reports = [];
    return reports;
  }

  #report(report: JobReport): void {
    this.#tellStart();
    const waiting = this.#overtaken?.waiting;
    (waiting ?? this.#reports).push(report);
    if (waiting && waiting.length >= mostWaiting) this.#release();
  }

  /** Opens a job, also in the place of one that PrintStarted now announces; any other must have been closed or left. */
  open(job: OpenJob): OpenJob {
    if (this.job === undefined) this.before = this.last?.path;
    this.last = undefined;
    this.job = job;
    if (this.#told?.path === job.file.path) this.#told = undefined;
    return job;
  }

  step(job: OpenJob, outcome: JobStep["outcome"], input: Observation): void {
    this.#report(stepOf(job, outcome, momentOf(input)));
  }

  /**
   * A job that was to come is on. Where no event says of which file, its start is told once a message names it, or two
   * looks later.
   */
  begin(job: OpenJob, input: Observation): void {
    if (job.known !== "coming") return;
    job.known = "running";
    this.#start = { job, at: momentOf(input), until: input.arrived + twoLooks };
    this.tellStart(job);
  }

  /** Tells that the job has started, if that is still to be told, and its file is known; of one that is over, its end does. */
  tellStart({ fileSaid, ending }: OpenJob): void {
    if (fileSaid && ending === undefined) this.#tellStart();
  }

  #tellStart(): void {
    const told = this.#start;
    this.#start = undefined;
    if (told === undefined) return;
    const { file, start } = told.job;
    this.#report(stepOf({ file, start, percent: undefined }, "started", told.at));
  }

  /** A job was over then. @param at ms since the epoch, the printer's clock; `undefined`: nobody knows */
  isOverBy(at: number | undefined): void {
    if (at !== undefined) this.overAt = Math.max(this.overAt, at);
  }

  /** Ends the open job. */
  close(job: OpenJob, ending: Ending): void {
    this.job = this.#other;
    this.#other = undefined;
    this.last = { path: job.file.path, at: ending.at, sure: isSure(ending) };
    this.isOverBy(ending.said ? ending.at.own : job.progressAt);
    if (isUntold(job, ending)) return;
    const reason = reasoned(doubted(ending, job), job);
    if (reason.outcome === "done") this.#done(job, reason);
    this.#report(endOf(job, reason, job.clock.pausedAt(reason.at.arrived)));
  }

  /** It is over, nobody knows how: it was last heard to go on a while ago. */
  closeUnknown(job: OpenJob): void {
    this.close(job, { outcome: "unknown", at: job.heard, vague: true });
  }

  /** Waits for an event that says better how the open job ended. */
  settle(ending: Ending, now: number, wait = patience): void {
    const { job } = this;
    // Nobody knows which of two OctoPrints a state is of; an event names its file.
    if (job === undefined || (this.isClash && !ending.said)) return;
    const before = job.ending;
    const until = Math.min(before?.until ?? Number.POSITIVE_INFINITY, now + wait);
    job.ending = before === undefined ? { ...ending, until } : { ...better(before, ending), until };
  }

  /** The end of a job that was never open. */
  end(ending: Ending, file: PrintFile): void {
    this.last = { path: file.path, at: ending.at, sure: true };
    this.isOverBy(ending.at.own);
    this.#report(endOf({ file, start: undefined, percent: undefined }, reasoned(ending), 0));
  }

  /** True where the end of a job that is not open is another word of one whose end is told. */
  isRepeated(ending: Ending, path: string): boolean {
    return isWordOf(this.last, ending, path) || isWordOf(this.#told, ending, path);
  }

  /** Another file is printed, without a word of the open job's end. */
  leave(now: number): void {
    const { job } = this;
    if (job === undefined) return;
    this.#tellStart();
    if (job.ending) return this.close(job, job.ending);
    if (job.doubt || job.known === "stored" || job.known === "coming") return this.closeUnknown(job);
    this.job = undefined;
    if (this.isClash) {
      this.#other = job;
      return;
    }
    this.#release();
    const ending = { outcome: outcomeOfPhase(job.phase), at: job.heard, vague: true } as const;
    this.#overtaken = { job, ending, until: now + overlap, waiting: [] };
  }

  /** A message names a file that is printed: perhaps that of a job whose place was taken. */
  named(path: string, now: number): void {
    if (path === "") return;
    const overtaken = this.#overtaken;
    if (overtaken?.job.isUnder(path) && !this.isOfNewest(path)) {
      this.#overtaken = undefined;
      this.#reports.push(...overtaken.waiting);
      this.#other = overtaken.job;
    }
    const other = this.#other;
    if (!other?.isUnder(path) || this.job?.isUnder(path)) return;
    this.#clashUntil = now + clashMemory;
    this.#other = this.job;
    this.job = other;
  }

  /** The open job, or the last one, is of this file; if another one of it was on before, nothing tells the two apart. */
  isOfNewest(path: string): boolean {
    return this.job?.isUnder(path) === true || this.last?.path === path;
  }

  /** A file of this path was printed before the open job. */
  isAnEarlier(path: string): boolean {
    return path === this.before || path === this.#overtaken?.job.file.path;
  }

  /** An event ends the job whose place was taken. True where it does. */
  endOvertaken(ending: Ending, path: string): boolean {
    const overtaken = this.#overtaken;
    if (overtaken?.job.file.path !== path) return false;
    this.#overtaken = { ...overtaken, ending };
    this.#release();
    return true;
  }

  #release(): void {
    const overtaken = this.#overtaken;
    if (overtaken === undefined) return;
    const { job, ending, waiting } = overtaken;
    this.#overtaken = undefined;
    const reason = reasoned(ending, job);
    this.#reports.push(endOf(job, reason, job.clock.pausedAt(reason.at.arrived)), ...waiting);
    this.#told = { path: job.file.path, at: reason.at, sure: isSure(reason) };
  }

  /** Ends the open job if its time has come. True where it has. */
  #endIfDue(now: number): boolean {
    const { job } = this;
    if (job?.ending && now >= job.ending.until) this.close(job, job.ending);
    else if (job?.doubtUntil !== undefined && now >= job.doubtUntil) this.closeUnknown(job);
    else return false;
    return true;
  }

  /** Draws the conclusions of a silence. @param now our clock, ms since the epoch */
  wait(now: number): void {
    if (now >= this.#startDue) this.#tellStart();
    // Of two OctoPrints' jobs the other one comes to the fore, and may be over as well.
    while (this.#endIfDue(now));
    if (this.#overtaken && now >= this.#overtaken.until) this.#release();
    if (now >= this.#clashUntil) {
      this.#clashUntil = Number.POSITIVE_INFINITY;
      this.#other = undefined;
    }
  }

  /** Our link went: whatever ends from here on may be another job, of the same file. */
  deafen(): void {
    this.#release();
    this.last = undefined;
    this.#told = undefined;
    this.#other = undefined;
    if (this.job) this.job.doubt = "deaf";
  }
}

const none: readonly JobReport[] = [];
