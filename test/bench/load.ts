import { readRecording } from "../support/recordings.ts";
import type { Template } from "./consumer/source.ts";

interface Sample {
  /** The topic below the base topic. */
  readonly subtopic: string;
  /** The payload's text, with a place for the timestamp. */
  readonly text: string;
}

/** A burst of PUBLISH packets for one consumer, and what shows that all of it has arrived. */
export interface Burst {
  readonly count: number;
  /** How many msgs are to come out of it. */
  readonly msgs: number;
  readonly packets: readonly Buffer[];
  /** The sum of the timestamps, which are counted up. */
  readonly timestamps: number;
  /** The sum of the payloads' lengths, bytes. */
  readonly bytes: number;
}

const firstTimestamp = 1_795_000_000;

/** Events, progress and temperatures of one print that a real OctoPrint published, from its start to its end. */
const samples: readonly Sample[] = printOf("first-print");

/** A whole number of prints is published, that each consumer gets the same mix. */
export const samplesInAPrint = samples.length;

/** What comes on these subtopics. */
export const subtopics: readonly string[] = [...new Set(samples.map(({ subtopic }) => subtopic))];

function printOf(name: string): Sample[] {
  const { messages, scheme } = readRecording(name);
  const below = messages.map(({ topic, payload }) => ({
    subtopic: topic.slice(scheme.baseTopic?.length),
    text: payload.toString(),
  }));
  const from = below.findIndex(({ subtopic }) => subtopic === "event/PrintStarted");
  const to = below.findIndex(({ subtopic }) => subtopic === "event/PrintDone");
  if (from < 0 || to < from) throw new Error(`${name} is no print`);
  const print = below.slice(from, to + 1).filter(({ subtopic }) => /^(event|progress|temperature)\//.test(subtopic));
  return print.map(({ subtopic, text }) => ({ subtopic, text: text.replace(/"_timestamp": \d+/, '"_timestamp": @') }));
}

/** @example baseTopicOf("bench-a", 7) // "bench-a/p0007/" */
export function baseTopicOf(prefix: string, printer: number): string {
  return `${prefix}/${printerName(printer)}/`;
}

export function printerName(printer: number): string {
  return `p${String(printer).padStart(4, "0")}`;
}

/** The burst that is published to one consumer, spread evenly over its printers. */
export function burstOf(prefix: string, printers: number, prints: number): Burst {
  const count = prints * samples.length;
  const packets: Buffer[] = [];
  let timestamps = 0;
  let bytes = 0;
  for (let at = 0; at < count; at++) {
    const sample = samples[at % samples.length];
    if (sample === undefined) throw new Error("there are no samples");
    const timestamp = firstTimestamp + at;
    const payload = Buffer.from(sample.text.replace("@", String(timestamp)));
    // A prime that divides no number of printers: each comes, in no order that the samples have.
    const topic = baseTopicOf(prefix, (at * 7919) % printers) + sample.subtopic;
    packets.push(publishPacket(topic, payload));
    timestamps += timestamp;
    bytes += payload.length;
  }
  return { count, msgs: count, packets, timestamps, bytes };
}

/** The event that ends a burst of which not every message makes a msg. */
export const mark = "BenchMark";

/** The same with an event behind it: when that has come, all before it has been dealt with. */
export function markedBurstOf(prefix: string, printers: number, prints: number): Burst {
  const { count, packets } = burstOf(prefix, printers, prints);
  const timestamp = firstTimestamp + count;
  const payload = Buffer.from(JSON.stringify({ _event: mark, _timestamp: timestamp }));
  const packet = publishPacket(`${baseTopicOf(prefix, 0)}event/${mark}`, payload);
  return { count: count + 1, msgs: 1, packets: [...packets, packet], timestamps: timestamp, bytes: 0 };
}

/** The mark that the broker has stored before the consumer starts. */
export function storedMark(prefix: string): { readonly topic: string; readonly payload: string } {
  const payload = JSON.stringify({ _event: mark, _timestamp: firstTimestamp });
  return { topic: `${baseTopicOf(prefix, 0)}event/${mark}`, payload };
}

/** QoS 0, not retained; made by hand, for the publisher must not be what is measured. */
function publishPacket(topic: string, payload: Buffer): Buffer {
  const name = Buffer.from(topic);
  const header = [0x30];
  let rest = 2 + name.length + payload.length;
  do {
    header.push((rest % 128) | (rest > 127 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([...header, name.length >> 8, name.length & 0xff]), name, payload]);
}

/** A state of a printer that the broker has stored before the consumer starts. */
export function storedMessage(prefix: string, printer: number): { readonly topic: string; readonly payload: string } {
  const progress = samples.find(({ subtopic }) => subtopic === "progress/printing");
  if (progress === undefined) throw new Error("the print has no progress");
  return {
    topic: baseTopicOf(prefix, printer) + progress.subtopic,
    payload: progress.text.replace("@", String(firstTimestamp)),
  };
}

/** The samples as a flow would have them that publishes them. */
export function templates(): Template[] {
  return samples.map(({ subtopic, text }, at) => {
    const [kind = "", name = ""] = subtopic.split("/");
    const payload: unknown = JSON.parse(text.replace("@", String(firstTimestamp + at)));
    if (typeof payload !== "object" || payload === null) throw new Error(`${subtopic} has no object`);
    return { ...placeOf(kind), name, payload: { ...payload } };
  });
}

function placeOf(kind: string): Pick<Template, "kind" | "property"> {
  if (kind === "event") return { kind, property: "event" };
  if (kind === "progress") return { kind, property: "progress" };
  return { kind: "temperature", property: "temp" };
}

/** The sum of the timestamps of the first `count` msgs that are made of the templates. */
export function timestampsOf(count: number): number {
  let sum = 0;
  for (let at = 0; at < count; at++) sum += firstTimestamp + (at % samples.length);
  return sum;
}
