import { numberIn, recordIn, textIn } from "./fields.ts";
import type { PluginMessage, PrintedFile } from "./message.ts";

/** How often the plugin asks OctoPrint for the progress of a job, ms. */
export const pollEvery = 5000;

/** The plugin's poll: it starts with a file, keeps that file's name, and ends with the job. */
export interface Poll extends PrintedFile {
  /** Milliseconds since the epoch. */
  readonly nextAt: number;
}

/** What was published last. */
export interface LastProgress {
  readonly path: string;
  readonly percent: number;
}

/** @param current the newest `current` or `history` */
export function completionIn(current: unknown): number | undefined {
  return numberIn(recordIn(current, "progress"), "completion");
}

/** The file of the job that OctoPrint has, where there is one. */
export function fileIn(current: unknown): PrintedFile | undefined {
  const file = recordIn(recordIn(current, "job"), "file");
  const path = textIn(file, "path");
  return path === undefined || path === "" ? undefined : { location: textIn(file, "origin") ?? "", path };
}

const busyFlags = ["printing", "pausing", "paused", "resuming", "cancelling", "finishing"];

/** Whether a job goes on: its file and its progress are there before and after it, too. */
export function isBusy(current: unknown): boolean {
  const flags = recordIn(recordIn(current, "state"), "flags");
  return busyFlags.some((flag) => flags?.[flag] === true);
}

/**
 * The percentage as the plugin computes it; -100 while OctoPrint does not know the size. PrintTimeGenius estimates by
 * time; where it has no estimate (the plugin's poll dies of that), the position in the file counts.
 */
export function percentIn(current: unknown): number {
  const completion = completionIn(current);
  const progress = recordIn(current, "progress");
  const [spent, left] = [numberIn(progress, "printTime"), numberIn(progress, "printTimeLeft")];
  const byTime = textIn(progress, "printTimeLeftOrigin") === "genius" && spent !== undefined && left !== undefined;
  if (completion !== undefined && byTime && spent + left > 0)
    return limited(roundHalfEven((spent / (spent + left)) * 100));
  return completion === undefined ? 0 : limited(roundHalfEven(completion));
}

function limited(percent: number): number {
  return percent === -100 ? percent : Math.min(100, Math.max(0, percent));
}

/** Python's `round`: a half goes to the even neighbour. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** What of OctoPrint's `current` is not in `printer_data`, which is its `get_current_data()`. */
const notPrinterData = ["temps", "logs", "messages", "serverTime", "busyFiles", "markings", "plugins"];

/** The progress of a print as a message of the plugin. */
export function progressMessage(
  { location, path }: PrintedFile,
  percent: number,
  current: Record<string, unknown> | undefined,
  timestamp: number,
): PluginMessage {
  const payload: Record<string, unknown> = { location, path, progress: percent === -100 ? null : percent };
  if (current !== undefined) {
    payload.printer_data = Object.fromEntries(Object.entries(current).filter(([key]) => !notPrinterData.includes(key)));
  }
  return { kind: "progress", name: "printing", payload, timestamp };
}

/**
 * The progress as it is now, whether a job goes on or not. It is not published. It tells the trackers how far the job is
 * where nothing has moved for hours, and what was published last is old.
 *
 * @param current the newest `current` or `history`
 */
export function progressNow(current: Record<string, unknown>, timestamp: number): PluginMessage {
  return progressMessage(fileIn(current) ?? { location: "", path: "" }, percentIn(current), current, timestamp);
}

const slicingFields = [
  ["slicer", "slicer"],
  ["source_location", "source_location"],
  ["source_path", "source_path"],
  ["destination_location", "dest_location"],
  ["destination_path", "dest_path"],
] as const;

/** @param said `slicingProgress` of the push API; `undefined`: nothing is being sliced */
export function slicingMessage(said: unknown, timestamp: number): PluginMessage {
  const payload: Record<string, unknown> = {};
  for (const [field, pushed] of slicingFields) payload[field] = textIn(said, pushed) ?? "";
  payload.progress = limited(Math.trunc(numberIn(said, "progress") ?? 0));
  return { kind: "progress", name: "slicing", payload, timestamp };
}
