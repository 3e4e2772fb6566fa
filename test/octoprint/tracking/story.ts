import { decode } from "../../../nodes/octoprint/messages/decode.ts";
import type { SchemeSettings } from "../../../nodes/octoprint/topics/scheme.ts";
import { isEnd, type JobEnd, type JobReport } from "../../../nodes/octoprint/tracking/job-report.ts";
import type { Input, Link, Observation } from "../../../nodes/octoprint/tracking/observation.ts";
import { PrinterModel, printerDefaults } from "../../../nodes/octoprint/tracking/printer-model.ts";
import { readRecording } from "../../support/recordings.ts";
import { schemeWith } from "./make.ts";
import { takeNamed } from "./named.ts";

/** When a story begins, ms since the epoch. */
export const begin = 1_795_000_000_000;

export const file = { name: "cube.gcode", path: "parts/cube.gcode", origin: "local", size: 31341 };
export const other = { name: "ring.gcode", path: "ring.gcode", origin: "local", size: 10933 };
export const state = (state_id: string, state_string = state_id) => ({ state_id, state_string });
export const progress = (percent: number, path = file.path) => ({ location: path && "local", path, progress: percent });

/**
 * Seconds since the story began, the topic below the base topic, the payload (an object gets the plugin's timestamp),
 * and `retained` for what the broker had stored (where the payload has a time of its own, from then). The topic
 * `link` is our own link to the broker.
 */
export type Line = readonly [at: number, topic: string, payload: unknown, retained?: "retained"];

export function inputsOf(lines: readonly Line[], settings: Partial<SchemeSettings> = {}): Input[] {
  const scheme = schemeWith(settings);
  const { baseTopic, timestampField } = scheme.settings;
  return lines.map(([at, topic, payload, retained]): Input => {
    const arrived = begin + at * 1000;
    if (topic === "link") return { connection: linkOf(payload), arrived };
    const stamp = timestampField === "" ? {} : { [timestampField]: Math.floor(arrived / 1000) };
    // The plugin writes its timestamp over a field of the same name; what was stored has a time of its own.
    const object = retained ? { ...stamp, ...Object(payload) } : { ...Object(payload), ...stamp };
    const text = typeof payload === "string" ? payload : JSON.stringify(object);
    const heard = heardOn(`${baseTopic}${topic}`, Buffer.from(text), settings, arrived);
    if (heard === undefined) throw new Error(`${topic} says nothing`);
    return { ...heard, retain: retained !== undefined };
  });
}

function linkOf(payload: unknown): Link["connection"] {
  const found = (["connected", "disconnected", "unreachable", "refused"] as const).find((name) => name === payload);
  if (found === undefined) throw new Error(`${payload} is no link`);
  return found;
}

function heardOn(
  topic: string,
  payload: Buffer,
  settings: Partial<SchemeSettings>,
  arrived: number,
): Observation | undefined {
  const scheme = schemeWith(settings);
  const channel = scheme.match(topic);
  const decoded = channel && decode(channel, payload, scheme.settings.timestampField);
  if (channel === undefined || !decoded?.ok || !("message" in decoded)) return undefined;
  return { channel, message: decoded.message, timestamp: decoded.timestamp, arrived, retain: false };
}

/** A recording as it was heard live, by the name of the printer (`""` where there is one). */
export function recordedInputs(name: string): Map<string, Observation[]> {
  const { messages, scheme } = readRecording(name);
  const printers = new Map<string, Observation[]>();
  for (const { t, topic, payload } of messages) {
    const heard = heardOn(topic, payload, scheme, begin + t);
    if (heard === undefined) continue;
    const printer = heard.channel.printer ?? "";
    printers.set(printer, [...(printers.get(printer) ?? []), heard]);
  }
  return printers;
}

/** All that is reported of a job, and the model as it stands then. */
export function jobAfter(inputs: readonly Input[]): { readonly model: PrinterModel; readonly reports: JobReport[] } {
  const model = new PrinterModel(printerDefaults);
  return { model, reports: inputs.flatMap((input) => takeNamed(model, input).reports) };
}

/** Longer than the wait for a better word on how a job ended, s. */
const longEnough = 15;

/** All that is reported of a job, `later` s after the last word. */
export function reportsOf(inputs: readonly Input[], later = longEnough): readonly JobReport[] {
  const { model, reports } = jobAfter(inputs);
  const end = (inputs.at(-1)?.arrived ?? begin) + later * 1000;
  return [...reports, ...model.tick(end).reports];
}

/** A print of `file` begins at 0 s. */
export const start: readonly Line[] = [
  [0, "event/PrinterStateChanged", state("STARTING", "Starting")],
  [0.01, "event/PrintStarted", file],
  [0.02, "event/PrinterStateChanged", state("PRINTING", "Printing")],
];

/** What is reported of a job, also after the last word. */
export function reports(
  lines: readonly Line[],
  settings?: Partial<SchemeSettings>,
  later?: number,
): readonly JobReport[] {
  return reportsOf(inputsOf(lines, settings), later);
}

export function ends(lines: readonly Line[], settings?: Partial<SchemeSettings>, later?: number): JobEnd[] {
  return reports(lines, settings, later).filter(isEnd);
}

export function outcomes(lines: readonly Line[], later?: number): string[] {
  return reports(lines, {}, later).map(({ outcome, path }) => `${outcome} ${path}`);
}
