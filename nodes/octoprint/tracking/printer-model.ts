import { isRecord } from "../messages/json.ts";
import { type Availability, grace, hassPrinting, Reach, seenAt } from "./availability.ts";
import { Changes } from "./changes.ts";
import { isLongAgo, takeHassPrinting } from "./data-rules.ts";
import { takeEnd, takeEvent, takeStoredEvent } from "./event-rules.ts";
import { twoLooks } from "./job-book.ts";
import { endingOf, type JobReport } from "./job-report.ts";
import { type Input, isJobPhase, isRunning, type Link, type Observation, progressOf } from "./observation.ts";
import type { OpenJob } from "./open-job.ts";
import { noState, type Parked, PrinterFacts, type StateFacts } from "./printer-facts.ts";
import type { JobSnapshot, PrinterSnapshot } from "./printer-snapshot.ts";
import { takeProgress, takeStoredProgress } from "./progress-rules.ts";
import { nobodyKnows, type TimeLeft } from "./time-left.ts";

/** The settings of a printer node that the model depends on. */
export interface PrinterOptions {
  /** How long a printing printer may be silent before it is stale, ms; 0: never stale. */
  readonly staleAfter: number;
}

/** The options of a printer node with default settings. */
export const printerDefaults: PrinterOptions = { staleAfter: 300_000 };

/** What a message, a change of our own connection, or the passing of time has changed. */
export interface News {
  /**
   * The fields of the snapshot that are new, with a dot for what lies inside: `"state"`, `"job.progress"`,
   * `"temperatures.bed"`; `"job"` alone where another job, or none, is there. What only time moves (`elapsed`,
   * `finishesAt`, `lastSeen`) is not named.
   */
  readonly changed: readonly string[];
  /** Jobs that started, paused, went on or ended, in this order. */
  readonly reports: readonly JobReport[];
}

/**
 * One printer: every fact with its source and age. Job reports and snapshots are two views of it, so that they never
 * disagree. Messages of all kinds may be passed; the caller keeps one model for each `{printer}`.
 *
 * @example
 * const model = new PrinterModel(printerDefaults);
 * const { changed, reports } = model.take(heard);
 * if (changed.length > 0) send({ payload: model.snapshot("mk3", now), changed });
 * for (const report of reports) if (isEnd(report)) console.log(report.outcome, report.path, report.duration);
 */
export class PrinterModel {
  readonly #options: PrinterOptions;
  readonly #reach = new Reach();
  readonly #facts = new PrinterFacts();
  readonly #changes = new Changes();
  /** What held before OctoPrint went away. */
  #parked: Parked | undefined;
  #lastEvent: string | null = null;
  /** Our clock, ms since the epoch. */
  #lastSeen: number | null = null;

  constructor(options: PrinterOptions) {
    this.#options = options;
  }

  /** When `tick` is to be called, ms since the epoch, our clock; `undefined`: not before the next message. */
  get wakeAt(): number | undefined {
    const at = Math.min(this.#facts.jobs.wakeAt, this.#reach.believeAt, this.#staleAt);
    return at === Number.POSITIVE_INFINITY ? undefined : at;
  }

  /** Two OctoPrints publish below the base topic. */
  get isClash(): boolean {
    return this.#facts.jobs.isClash;
  }

  /** Takes one message, or a change of our own link. */
  take(input: Input): News {
    this.#wait(input.arrived);
    const { job } = this.#facts.jobs;
    const deaf = this.#isDeaf;
    // Until the printer's clock is known, any message may correct what was stored.
    const telling = isTelling(input) || !this.#facts.clock.isSure;
    const before = job && telling && !deaf ? job.timeLeftAt(input.arrived) : nobodyKnows;
    if ("connection" in input) this.#link(input);
    else this.#hear(input);
    const same = job !== undefined && job === this.#facts.jobs.job && (telling || deaf !== this.#isDeaf);
    return this.#news(same ? before : undefined, input.arrived);
  }

  /** Draws the conclusions of a silence. @param now our clock, ms since the epoch */
  tick(now: number): News {
    this.#wait(now);
    return this.#news(undefined, now);
  }

  /** @param left how long the job took before, where it may be said anew */
  #news(left: TimeLeft | undefined, now: number): News {
    const { jobs, state, z, error, moved } = this.#facts;
    const job = jobs.job?.isShown ? jobs.job : undefined;
    const deaf = this.#isDeaf;
    const after = left === undefined || job === undefined || deaf ? undefined : job.timeLeftAt(now);
    const changed = this.#changes.since({
      availability: this.#availability,
      state: deaf ? noState : state,
      z,
      lastEvent: this.#lastEvent,
      error,
      job,
      leftMoved: left !== undefined && (after ?? nobodyKnows).seconds !== left.seconds,
      leftFromMoved: left !== undefined && (after ?? nobodyKnows).from !== left.from,
      moved,
    });
    return { changed, reports: jobs.takeReports() };
  }

  /** We hear nothing, so nothing is said that only time would have moved. */
  get #isDeaf(): boolean {
    return this.#reach.link !== "connected";
  }

  get #availability(): Availability {
    return this.#reach.availability(this.#facts.isPrinterOffline);
  }

  /** A printer that prints is never silent for long; one that is paused or idle may be. */
  get #staleAt(): number {
    const { staleAfter } = this.#options;
    const { octoprint, stale, heardAt } = this.#reach;
    if (staleAfter <= 0 || octoprint !== "up" || stale || heardAt === undefined) return Number.POSITIVE_INFINITY;
    const { state, jobs } = this.#facts;
    const prints =
      state.phase === undefined ? jobs.job?.isShown === true : isJobPhase(state.phase) && isRunning(state.phase);
    return prints ? heardAt + staleAfter : Number.POSITIVE_INFINITY;
  }

  #wait(now: number): void {
    if (this.#reach.wait(now, this.#staleAt)) this.#octoPrintWent();
    const { jobs } = this.#facts;
    const isDoubted = jobs.job?.doubt !== undefined;
    jobs.wait(now);
    if (isDoubted && jobs.job === undefined) this.#facts.forgetJobState();
  }

  #link(link: Link): void {
    const { jobs } = this.#facts;
    this.#reach.relink(link);
    // Also of a connection that is back before its loss was told.
    this.#facts.doubtState();
    if (link.connection === "connected") return this.#doubtFrom(link.arrived);
    this.#parked = undefined;
    jobs.deafen();
  }

  /** We hear it again: a word of the job is to come. A paused one says nothing for as long as it stands. */
  #doubtFrom(now: number): void {
    const { job } = this.#facts.jobs;
    if (job?.doubt !== undefined && isRunning(job.phase)) job.expectWord(now);
  }

  #hear(heard: Observation): void {
    const isSure = this.#facts.clock.isSure;
    this.#facts.clock.note(heard);
    if (!isSure && this.#facts.clock.isSure) {
      this.#facts.jobs.job?.clock.correct((now) => this.#facts.clock.timeAt(now));
    }
    const was = this.#reach.octoprint;
    const wentAt = this.#reach.downAt;
    this.#reach.hear(heard);
    const is = this.#reach.octoprint;
    if (is === "down" && was !== "down") this.#octoPrintWent();
    if (is === "up" && was === "down") this.#octoPrintCame(heard.arrived, wentAt);
    this.#see(heard);
    // What still comes of an OctoPrint that has gone says nothing of how things are, but how the job ended.
    if (is === "down") this.#hearLate(heard);
    else this.#learn(heard);
  }

  #see(heard: Observation): void {
    const at = seenAt(heard);
    if (at !== undefined) this.#lastSeen = Math.max(this.#lastSeen ?? at, at);
    if (heard.channel.kind === "event" && !heard.retain) this.#lastEvent = heard.channel.name;
  }

  #octoPrintWent(): void {
    const { jobs } = this.#facts;
    this.#parked = this.#facts.park();
    if (jobs.job === undefined) return;
    jobs.job.hidden = true;
    jobs.job.doubt ??= "away";
  }

  /** @param wentAt when it went, our clock */
  #octoPrintCame(now: number, wentAt: number | undefined): void {
    const parked = this.#parked;
    this.#parked = undefined;
    const { job } = this.#facts.jobs;
    if (parked && wentAt !== undefined && now - wentAt <= grace) {
      this.#facts.unpark(parked);
      if (job?.doubt === "away") job.forgetDoubt();
      else if (job) job.hidden = false;
    } else this.#doubtFrom(now);
  }

  #hearLate(heard: Observation): void {
    const { channel, message, retain } = heard;
    if (channel.kind !== "event" || retain || !isRecord(message)) return;
    const ending = endingOf(heard, message);
    if (ending === undefined) return;
    takeEnd(this.#facts, ending, message, heard);
    this.#facts.park();
  }

  /** Takes what one message of an OctoPrint that is there says of its printer. */
  #learn(heard: Observation): void {
    const { channel, message, retain } = heard;
    switch (channel.kind) {
      case "temperature":
        return this.#warm(heard);
      case "progress": {
        const progress = progressOf(heard);
        if (progress === undefined) return;
        if (retain) takeStoredProgress(this.#facts, progress, heard);
        else takeProgress(this.#facts, progress, heard);
        return;
      }
      case "event":
        if (!isRecord(message)) return;
        if (retain) takeStoredEvent(this.#facts, heard);
        else takeEvent(this.#facts, message, heard);
        return;
      case "other":
        if (channel.name === hassPrinting && isRecord(message)) takeHassPrinting(this.#facts, message, heard);
    }
  }

  #warm(heard: Observation): void {
    const facts = this.#facts;
    const { channel, message, retain, arrived } = heard;
    // A stored one is of the time when the printer was there.
    if (retain && (facts.isPrinterOffline || isLongAgo(facts, heard))) return;
    facts.setTemperature(channel.name, message);
    const { job } = facts.jobs;
    if (job === undefined || job.ending) return;
    const { isHeating } = facts;
    if (isHeating) job.heated = true;
    // Its own G-code switches the heaters off at the end, before PrintDone.
    if (job.doubt === "whole") return;
    // A temperature shows that OctoPrint was still there.
    if (!retain && message !== null) job.live(heard);
    if (job.doubtUntil === undefined || retain) return;
    if (isHeating) job.expectWordLater(arrived);
    else if (job.heated) {
      // It is over, or about to be: PrintDone may follow.
      facts.jobs.settle({ outcome: "unknown", at: job.heard, vague: true }, arrived, twoLooks);
      facts.forgetJobState();
    }
  }

  /** How the printer is at a time. @param now our clock, ms since the epoch */
  snapshot(printer: string, now: number): PrinterSnapshot {
    const { state, jobs, temperatures, z, error } = this.#facts;
    const { id, text }: StateFacts = this.#isDeaf ? noState : state;
    return {
      printer,
      availability: this.#availability,
      state: { id, text },
      job: jobs.job?.isShown ? this.#jobSnapshot(jobs.job, now) : null,
      temperatures: Object.fromEntries(temperatures),
      z,
      lastEvent: this.#lastEvent,
      lastSeen: this.#lastSeen,
      ...(error === undefined ? {} : { error }),
    };
  }

  #jobSnapshot(job: OpenJob, now: number): JobSnapshot {
    const left = this.#isDeaf ? nobodyKnows : job.timeLeftAt(now);
    return {
      path: job.file.path,
      name: job.file.name,
      location: job.file.location,
      progress: job.shown,
      elapsed: this.#isDeaf ? null : job.elapsedAt(now),
      timeLeft: left.seconds,
      finishesAt: left.seconds === null ? null : now + left.seconds * 1000,
      timeLeftFrom: left.from,
    };
  }
}

/** Only these say anew how long a job still takes; the rest of the time runs by itself. */
function isTelling(input: Input): boolean {
  if ("connection" in input) return true;
  const { kind, name } = input.channel;
  return kind === "progress" || kind === "other" || (kind === "event" && name === "ZChange");
}
