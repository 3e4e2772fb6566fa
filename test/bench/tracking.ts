import { decode } from "../../nodes/octoprint/messages/decode.ts";
import { compileScheme, schemeDefaults } from "../../nodes/octoprint/topics/scheme.ts";
import { farmSnapshot } from "../../nodes/octoprint/tracking/farm.ts";
import type { Observation } from "../../nodes/octoprint/tracking/observation.ts";
import { PrinterModel, printerDefaults } from "../../nodes/octoprint/tracking/printer-model.ts";
import { readRecording, recordingNames } from "../support/recordings.ts";

export interface TrackingOptions {
  /** How often all recordings are heard. */
  readonly rounds: number;
  /** Printers of the table. */
  readonly printers: number;
  /** Seconds of the table's load. */
  readonly seconds: number;
}

export const trackingDefaults: TrackingOptions = { rounds: 1000, printers: 1000, seconds: 60 };

export interface TrackingResult {
  /** µs a message. */
  readonly model: number;
  readonly decode: number;
  /** Percent of a core: decoding, the models, and a table a second. */
  readonly table: number;
  readonly options: TrackingOptions;
}

/** Messages of each printer a second. */
const rate = 5;

/** What it costs to follow printers: one model on the recordings, and a table of many. */
export function measureTracking(options: TrackingOptions): TrackingResult {
  const recordings = recordingNames().map(readOne);
  const said = recordings.flatMap(({ printers }) => [...printers.values()]);
  const hear = (): void => {
    for (const observations of said) {
      const model = new PrinterModel(printerDefaults);
      for (const heard of observations) model.take(heard);
    }
  };
  const raw = recordings.flatMap(({ packets }) => packets);
  const decodeAll = (): void => {
    for (const { channel, payload, timestampField } of raw) decode(channel, payload, timestampField);
  };
  const messages = said.reduce((sum, { length }) => sum + length, 0);
  return {
    model: microsecondsOf(hear, options.rounds) / messages,
    decode: microsecondsOf(decodeAll, Math.ceil(options.rounds / 5)) / raw.length,
    table: shareOfTable(options),
    options,
  };
}

interface Packet {
  readonly channel: Observation["channel"];
  readonly payload: Buffer;
  readonly timestampField: string;
}

function readOne(name: string): { readonly printers: Map<string, Observation[]>; readonly packets: Packet[] } {
  const { messages, scheme } = readRecording(name);
  const compiled = compileScheme({ ...schemeDefaults, ...scheme });
  if (!compiled.ok) throw new Error(compiled.problem.code);
  const { timestampField } = compiled.scheme.settings;
  const printers = new Map<string, Observation[]>();
  const packets: Packet[] = [];
  for (const { t, topic, payload } of messages) {
    const channel = compiled.scheme.match(topic);
    const decoded = channel && decode(channel, payload, timestampField);
    if (channel === undefined || !decoded?.ok || !("message" in decoded)) continue;
    packets.push({ channel, payload, timestampField });
    const { message, timestamp } = decoded;
    const heard = { channel, message, timestamp, arrived: 1_795_000_000_000 + t, retain: false };
    const printer = channel.printer ?? "";
    printers.set(printer, [...(printers.get(printer) ?? []), heard]);
  }
  return { printers, packets };
}

/** Of one call, once it is warm. */
function microsecondsOf(work: () => void, rounds: number): number {
  for (let round = 0; round < Math.ceil(rounds / 10); round++) work();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds;
}

/** Printers that print a recording, each at another place of it. */
function shareOfTable({ printers, seconds }: TrackingOptions): number {
  const packets = readOne("first-print").packets;
  const models = Array.from({ length: printers }, (_, n) => ({
    name: `p${n}`,
    model: new PrinterModel(printerDefaults),
  }));
  let rows = 0;
  const second = (now: number): void => {
    for (const [index, { model }] of models.entries()) {
      for (let n = 0; n < rate; n++) {
        const packet = packets[(index * 7 + now * rate + n) % packets.length];
        if (packet === undefined) continue;
        const { channel, payload, timestampField } = packet;
        const decoded = decode(channel, payload, timestampField);
        if (!decoded.ok || !("message" in decoded)) continue;
        const { message, timestamp } = decoded;
        model.take({ channel, message, timestamp, arrived: now * 1000 + n, retain: false });
      }
    }
    rows += farmSnapshot(models.map(({ name, model }) => model.snapshot(name, now * 1000))).length;
  };
  for (let now = 0; now < 5; now++) second(now);
  const before = process.cpuUsage();
  for (let now = 0; now < seconds; now++) second(now);
  const { user, system } = process.cpuUsage(before);
  if (rows !== printers * (seconds + 5)) throw new Error("a row is missing");
  return (user + system) / seconds / 10_000;
}

/** As Markdown. */
export function trackingReport({ model, decode: decoding, table, options }: TrackingResult): string {
  return [
    "### Jobs and states",
    "",
    "| | |",
    "| --- | ---: |",
    `| a message of the recordings, decoded | ${decoding.toFixed(2)} µs |`,
    `| a message of the recordings, taken into a printer's model | ${model.toFixed(2)} µs |`,
    `| a table of ${options.printers.toLocaleString("en-US")} printers a second, ${rate} messages a second each | ${table.toFixed(1)} % of a core |`,
  ].join("\n");
}
