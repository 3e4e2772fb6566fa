import { type Moment, momentOf, numberOf, type Observation, type PrintFile, textOf, timeOf } from "./observation.ts";
import { lengthOf } from "./printer-clock.ts";

/** How a job can end, and what is told of it before on request. */
export const jobEnds = ["done", "failed", "cancelled", "unknown"] as const;
/** What happens to a job before it ends. */
export const jobSteps = ["started", "paused", "resumed"] as const;

/**
 * The one report of a job's end.
 *
 * @example
 * { outcome: "failed", path: "parts/cube.gcode", name: "cube.gcode", location: "local", duration: 17, printTime: 16.73,
 *   startedAt: 1795351561000, finishedAt: 1795351578000, reason: "error", error: "Thermal Runaway", progress: 7.8 }
 */
export interface JobEnd {
  readonly outcome: (typeof jobEnds)[number];
  /** Path, name and storage of the file as OctoPrint names them; `""` where nobody said. */
  readonly path: string;
  readonly name: string;
  readonly location: string;
  /** Seconds from start to end, pauses included; only where the start is known. */
  readonly duration?: number;
  /** OctoPrint's own measure, seconds without pauses. */
  readonly printTime?: number;
  /** Milliseconds since the epoch, by the printer's clock where its messages say. */
  readonly startedAt?: number;
  readonly finishedAt: number;
  /** Of a failed job: `disconnected` by the user, `interrupted` where OctoPrint itself went away, else `error`. */
  readonly reason?: "error" | "disconnected" | "interrupted";
  /** OctoPrint's words. */
  readonly error?: string;
  /** Percent, to a tenth. */
  readonly progress?: number;
}

/** @example { outcome: "paused", path: "a.gcode", name: "a.gcode", location: "local", startedAt: 1795351592000, at: 1795351605000, progress: 5 } */
export interface JobStep {
  readonly outcome: (typeof jobSteps)[number];
  readonly path: string;
  readonly name: string;
  readonly location: string;
  /** Milliseconds since the epoch; absent where the start is not known. */
  readonly startedAt?: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Percent. */
  readonly progress?: number;
}

/** What is reported of a job: that it ended, or a step before. */
export type JobReport = JobEnd | JobStep;

/** Whether a report says that the job ended. */
export function isEnd(report: JobReport): report is JobEnd {
  return "finishedAt" in report;
}

/** How a job ended, as far as one message tells. */
export interface Ending {
  readonly outcome: JobEnd["outcome"];
  readonly at: Moment;
  readonly reason?: JobEnd["reason"] | undefined;
  readonly error?: string | undefined;
  readonly printTime?: number | undefined;
  readonly progress?: number | undefined;
  /** It was over then, but nobody knows for how long: no duration. */
  readonly vague?: true;
  /** By an event, not concluded from anything else. */
  readonly said?: true;
}

/** What a report needs to know of the job. */
export interface Reported {
  readonly file: PrintFile;
  readonly start: Moment | undefined;
  readonly percent: number | undefined;
}

/** @param paused ms of pauses, which OctoPrint's own measure leaves out */
export function endOf({ file, start, percent }: Reported, ending: Ending, paused: number): JobEnd {
  const { outcome, at, reason, error, printTime, vague } = ending;
  const progress = outcome === "done" ? 100 : (ending.progress ?? percent);
  const printed = printTime === undefined ? undefined : printTime * 1000 + paused;
  const length = start && !vague ? lengthOf(start, at, printed) : undefined;
  return {
    outcome,
    ...file,
    ...given("duration", length === undefined ? undefined : length / 1000),
    ...given("printTime", printTime),
    ...given("startedAt", start && (length === undefined ? timeOf(start) : timeOf(at) - length)),
    finishedAt: timeOf(at),
    ...given("reason", reason),
    ...given("error", error || undefined),
    ...given("progress", progress),
  };
}

/** The report of a step. */
export function stepOf({ file, start, percent }: Reported, outcome: JobStep["outcome"], at: Moment): JobStep {
  const startedAt = given("startedAt", start && timeOf(start));
  return { outcome, ...file, ...startedAt, at: timeOf(at), ...given("progress", percent) };
}

function given<K extends string, V>(key: K, value: V | undefined): { [name in K]?: V } {
  const field: { [name in K]?: V } = {};
  if (value !== undefined) field[key] = value;
  return field;
}

/** What the event at a job's end says; `undefined` for any other event. */
export function endingOf(heard: Observation, fields: Readonly<Record<string, unknown>>): Ending | undefined {
  const at = momentOf(heard);
  const printTime = printTimeOf(heard, fields);
  switch (heard.channel.name) {
    case "PrintDone":
      return { outcome: "done", at, printTime, said: true };
    case "PrintCancelled":
      return { outcome: "cancelled", at, printTime, progress: percentOf(fields.progress), said: true };
    case "PrintFailed":
      return fields.reason === "cancelled"
        ? { outcome: "cancelled", at, printTime, progress: percentOf(fields.progress), said: true }
        : { outcome: "failed", at, printTime, error: errorOf(fields), progress: fractionOf(fields), said: true };
    default:
      return undefined;
  }
}

/** OctoPrint 2.0 says "unknown" where 1.11 says nothing. */
export function errorOf(fields: Readonly<Record<string, unknown>>): string {
  const error = textOf(fields.error).trim();
  return error === "unknown" ? "" : error;
}

/** A timestamp field named `time` has overwritten the event's own; OctoPrint 2.0 may say 0 where it does not know. */
function printTimeOf({ timestamp }: Observation, fields: Readonly<Record<string, unknown>>): number | undefined {
  const time = numberOf(fields.time);
  return time === undefined || time <= 0 || time * 1000 === timestamp ? undefined : time;
}

/** Without a reason, as before OctoPrint 1.3.10, nobody can tell a fraction from a percentage. */
function fractionOf({ reason, progress }: Readonly<Record<string, unknown>>): number | undefined {
  const fraction = numberOf(progress);
  return reason === "error" && fraction !== undefined ? percentOf(fraction * 100) : undefined;
}

/** Percent, to a tenth. */
export function percentOf(value: unknown): number | undefined {
  const percent = numberOf(value);
  return percent === undefined ? undefined : Math.round(Math.min(100, Math.max(0, percent)) * 10) / 10;
}
