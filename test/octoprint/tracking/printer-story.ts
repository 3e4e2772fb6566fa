import type { Input } from "../../../nodes/octoprint/tracking/observation.ts";
import { PrinterModel, type PrinterOptions, printerDefaults } from "../../../nodes/octoprint/tracking/printer-model.ts";
import type { PrinterSnapshot } from "../../../nodes/octoprint/tracking/printer-snapshot.ts";
import { takeNamed } from "./named.ts";
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

/** The model after what was heard, and what the last of it changed. */
export function after(
  inputs: readonly Input[],
  options: PrinterOptions = printerDefaults,
): { readonly model: PrinterModel; readonly changed: readonly string[]; readonly wakeAt: number | undefined } {
  const model = new PrinterModel(options);
  let changed: readonly string[] = [];
  for (const input of inputs) ({ changed } = takeNamed(model, input));
  return { model, changed, wakeAt: model.wakeAt };
}

/** How the printer is `at` s after the story began. */
export function at(seconds: number, lines: readonly Line[]): PrinterSnapshot {
  const { model } = after(inputsOf(lines));
  const now = begin + seconds * 1000;
  model.tick(now);
  return model.snapshot("mk3", now);
}

export function availability(seconds: number, lines: readonly Line[]): string {
  return at(seconds, lines).availability;
}
