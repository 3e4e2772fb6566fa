import { isEnd, type JobReport } from "../../../nodes/octoprint/tracking/job-report.ts";
import type { Input } from "../../../nodes/octoprint/tracking/observation.ts";
import { PrinterModel, printerDefaults } from "../../../nodes/octoprint/tracking/printer-model.ts";
import type { PrinterSnapshot } from "../../../nodes/octoprint/tracking/printer-snapshot.ts";
import { takeNamed } from "./named.ts";
import { on } from "./printer-story.ts";
import { begin, inputsOf, type Line, progress, state } from "./story.ts";

export const a = { name: "a.gcode", path: "a.gcode", origin: "local" };
export const b = { name: "b.gcode", path: "b.gcode", origin: "local" };
export const started = (at: number, job: object): Line => [at, "event/PrintStarted", job];
export const done = (at: number, job: object, time?: number): Line => [at, "event/PrintDone", { ...job, time }];
export const moved = (at: number, percent: number, path: string): Line => [
  at,
  "progress/printing",
  progress(percent, path),
];
export const is = (at: number, id: string, text = id): Line => [at, "event/PrinterStateChanged", state(id, text)];
export const idle: readonly Line[] = [on, is(0, "OPERATIONAL", "Operational")];

/** A printer that is asked how it is now and then, while it talks. */
export class Story {
  readonly #model = new PrinterModel(printerDefaults);
  readonly reports: JobReport[] = [];

  constructor(...lines: readonly Line[]) {
    this.hear(...lines);
  }

  hear(...lines: readonly Line[]): this {
    return this.#take(inputsOf(lines));
  }

  /** The same where the plugin is set up to write no timestamps. */
  hearUndated(...lines: readonly Line[]): this {
    return this.#take(inputsOf(lines, { timestampField: "" }));
  }

  #take(inputs: readonly Input[]): this {
    for (const input of inputs) this.reports.push(...takeNamed(this.#model, input).reports);
    return this;
  }

  /** Lets time pass until `at` s, and waits for whatever is due on the way. */
  at(seconds: number): PrinterSnapshot {
    const now = begin + seconds * 1000;
    for (let due = this.#model.wakeAt; due !== undefined && due <= now; due = this.#model.wakeAt)
      this.reports.push(...this.#model.tick(due).reports);
    return this.#model.snapshot("mk3", now);
  }

  /** How the job and the state are shown at `at` s. */
  shown(
    seconds: number,
  ): readonly [path: string | undefined, percent: number | null | undefined, state: string | null] {
    const { job, state: shown } = this.at(seconds);
    return [job?.path, job?.progress, shown.text];
  }

  /** Outcome and path of all reports, `later` s after the beginning. */
  told(later: number): readonly string[] {
    this.at(later);
    return this.reports.map(({ outcome, path }) => `${outcome} ${path}`);
  }

  ends(later: number): readonly string[] {
    this.at(later);
    return this.reports.filter(isEnd).map(({ outcome, path }) => `${outcome} ${path}`);
  }

  get isClash(): boolean {
    return this.#model.isClash;
  }
}
