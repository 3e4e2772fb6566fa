import type { Input } from "../../../nodes/octoprint/tracking/observation.ts";
import {
  type PrinterResult,
  type PrinterSnapshot,
  printerDefaults,
  reducePrinter,
  snapshotOf,
  tickPrinter,
  unknownPrinter,
} from "../../../nodes/octoprint/tracking/printer-state.ts";
import { begin, file, inputsOf, type Line, state } from "./story.ts";

export const on: Line = [0, "mqtt", "connected"];
export const off = (at: number): Line => [at, "mqtt", "disconnected"];
export const tool0 = (at: number, actual = 20): Line => [at, "temperature/tool0", { actual, target: 0 }];

/** A print begins at 10 s. */
export const printing: readonly Line[] = [
  on,
  [5, "event/PrinterStateChanged", state("OPERATIONAL", "Operational")],
  [10, "event/PrinterStateChanged", state("STARTING", "Starting")],
  [10, "event/PrintStarted", file],
  [10, "event/PrinterStateChanged", state("PRINTING", "Printing")],
];

/** Stored with the broker, said at `said` s, received at `at`. */
export function stored(at: number, topic: string, payload: object | string, said: number): Line {
  const own = typeof payload === "string" ? payload : { ...payload, _timestamp: begin / 1000 + said };
  return [at, topic, own, "retained"];
}

export function after(inputs: readonly Input[], options = printerDefaults): PrinterResult {
  let last: PrinterResult = { state: unknownPrinter, changed: [], wakeAt: undefined };
  for (const input of inputs) last = reducePrinter(last.state, input, options);
  return last;
}

/** How the printer is `at` s after the story began. */
export function at(seconds: number, lines: readonly Line[]): PrinterSnapshot {
  const { state: last } = after(inputsOf(lines));
  const now = begin + seconds * 1000;
  return snapshotOf(tickPrinter(last, now, printerDefaults).state, "mk3", now);
}

export function availability(seconds: number, lines: readonly Line[]): string {
  return at(seconds, lines).availability;
}
