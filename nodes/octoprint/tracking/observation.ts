import { isRecord } from "../messages/json.ts";
import type { Channel } from "../topics/scheme.ts";

/**
 * A decoded message as it came.
 *
 * @example
 * { channel: { kind: "event", name: "PrintDone", printer: undefined }, message: { path: "a.gcode", time: 57.1 },
 *   timestamp: 1795351528000, arrived: 1795351528319, retain: false }
 */
export interface Observation {
  readonly channel: Channel;
  /** As `decode` gives it; `null` where a retained topic was cleared. */
  readonly message: unknown;
  /** The payload's own, ms since the epoch. */
  readonly timestamp: number | undefined;
  /** Our own clock, ms since the epoch. */
  readonly arrived: number;
  /** True for what the broker had stored before we subscribed. */
  readonly retain: boolean;
}

/**
 * Our own link came up or went down, at `arrived`, ms since the epoch. `disconnected`: from the broker; `unreachable`:
 * from an OctoPrint that we speak to ourselves; `refused`: that OctoPrint does not want us, or it is none.
 */
export interface Link {
  readonly connection: "connected" | "disconnected" | "unreachable" | "refused";
  readonly arrived: number;
}

/** What a printer's model is told: a message, or that our own connection has changed. */
export type Input = Observation | Link;

/** A point in time by the printer's clock, where its message says, and by ours; ms since the epoch. */
export interface Moment {
  readonly own: number | undefined;
  readonly arrived: number;
}

/** A file to print, as OctoPrint names it: the path inside of the storage `location`; `""` where it is not known. */
export interface PrintFile {
  readonly path: string;
  readonly name: string;
  readonly location: string;
}

/** No file is known. */
export const noFile: PrintFile = { path: "", name: "", location: "" };

/** When a message says that something happened, and when it arrived. */
export function momentOf({ timestamp, arrived }: Observation): Moment {
  return { own: timestamp, arrived };
}

/** A moment by the printer's own clock, else by its arrival; milliseconds since the epoch. */
export function timeOf({ own, arrived }: Moment): number {
  return own ?? arrived;
}

/** The progress of a print, as far as the message holds it. */
export interface ObservedProgress {
  readonly file: PrintFile;
  /** Percent; `null` while the size of the file is not known. */
  readonly progress: number | null;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

/** What `progress/printing` says; `undefined` for any other message and for a cleared topic. */
export function progressOf({ channel, message }: Observation): ObservedProgress | undefined {
  if (channel.kind !== "progress" || channel.name !== "printing" || !isRecord(message)) return undefined;
  const path = textOf(message.path);
  const data = isRecord(message.printer_data) ? message.printer_data : undefined;
  const printed = data === undefined ? noFile : fileOfData(data);
  return {
    // The plugin may keep the path of the job before; OctoPrint's own data knows better.
    file:
      path === "" || printed.path === ""
        ? { path, name: lastLevel(path), location: textOf(message.location) }
        : printed,
    progress: numberOf(message.progress) ?? null,
    data,
  };
}

/** The file that OctoPrint's current data is about. */
export function fileOfData(data: Readonly<Record<string, unknown>>): PrintFile {
  const file = isRecord(data.job) && isRecord(data.job.file) ? data.job.file : {};
  const path = textOf(file.path);
  return { path, name: textOf(file.name) || lastLevel(path), location: textOf(file.origin) };
}

/**
 * No file and no progress: OctoPrint has just started (0.8.8 and later), or nothing is selected any more (0.8.0 to
 * 0.8.13). No file with a real progress is another thing: a broker configured in the middle of a print.
 */
export function isReset({ file, progress }: ObservedProgress): boolean {
  return file.path === "" && progress === 0;
}

/** More than nothing and not yet all: 0 and 100 stay when a job is over. */
export function isMidway({ progress }: ObservedProgress): boolean {
  return progress !== null && progress > 0 && progress < 100;
}

/** The file that an event is about: `file` and `filename` are what OctoPrint 1.2 said for `path`. */
export function fileOf(fields: Readonly<Record<string, unknown>>): PrintFile {
  const path = textOf(fields.path) || textOf(fields.filename) || textOf(fields.file);
  return { path, name: textOf(fields.name) || lastLevel(path), location: textOf(fields.origin) };
}

/**
 * What a state of OctoPrint (`state_id`) means for a job. OctoPrint 2.0 renamed some; a state that is not here says
 * nothing.
 */
const phases: { readonly [id: string]: Phase } = {
  STARTING: "starting",
  PRINTING: "printing",
  RESUMING: "resuming",
  PAUSING: "pausing",
  PAUSED: "paused",
  CANCELLING: "cancelling",
  FINISHING: "finishing",
  OPERATIONAL: "ready",
  OPEN_SERIAL: "connecting",
  DETECT_SERIAL: "connecting",
  DETECTING: "connecting",
  CONNECTING: "connecting",
  OFFLINE: "closed",
  NONE: "closed",
  CLOSED: "closed",
  ERROR: "error",
  CLOSED_WITH_ERROR: "error",
  TRANSFERING_FILE: "transfer",
  TRANSFERRING_FILE: "transfer",
};

/** What a printer is doing, of all of OctoPrint's states. */
export type Phase =
  | "starting"
  | "printing"
  | "resuming"
  | "pausing"
  | "paused"
  | "cancelling"
  | "finishing"
  | "ready"
  | "connecting"
  | "closed"
  | "error"
  /** A file is being copied to the printer's SD card, which is no job. */
  | "transfer";

/** @param stateText 1.11 and 2.0 say `PRINTING` of a transfer too; only the words tell */
export function phaseOf(stateId: string, stateText = ""): Phase | undefined {
  if (!Object.hasOwn(phases, stateId)) return undefined;
  return stateId === "PRINTING" && stateText === "Sending file to SD" ? "transfer" : phases[stateId];
}

/** A phase of a job. */
export type JobPhase = Exclude<Phase, "ready" | "connecting" | "closed" | "error" | "transfer">;

/** True where a job is going on, paused or not. */
export function isJobPhase(phase: Phase | undefined): phase is JobPhase {
  switch (phase) {
    case undefined:
    case "ready":
    case "connecting":
    case "closed":
    case "error":
    case "transfer":
      return false;
    default:
      return true;
  }
}

/** False while paused: the print clock stops. */
export function isRunning(phase: Phase | undefined): boolean {
  return phase !== "paused" && phase !== "pausing";
}

/** A value that should be text; `""` where it is not. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A value that should be a finite number; `undefined` where it is not. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function lastLevel(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
