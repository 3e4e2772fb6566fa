import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { SchemeSettings } from "../../nodes/octoprint/topics/scheme.ts";

/** A PUBLISH of a real OctoPrint. */
export interface RecordedMessage {
  /** Milliseconds since the recording began. */
  readonly t: number;
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  /** As it was published. */
  readonly retain: boolean;
}

export interface Recording {
  readonly name: string;
  readonly octoprint: string;
  readonly plugin: string;
  /** What an `octoprint-printer` must be set to for it, where that differs from the plugin's documented defaults. */
  readonly scheme: Partial<SchemeSettings>;
  readonly messages: readonly RecordedMessage[];
  /** What was done with the printer. */
  readonly steps: readonly { readonly t: number; readonly step: string }[];
}

type Line =
  | { recording: { octoprint: string; plugin: string; settings: RecordedSettings } }
  | { t: number; step: string }
  | { t: number; topic: string; payload?: string; payloadBase64?: string; qos: 0 | 1 | 2; retain: boolean };

interface RecordedSettings {
  readonly publish?: Readonly<Record<string, unknown>>;
  readonly timestamp_fieldname?: string;
}

const fixtures = resolve(__dirname, "../fixtures");

/** The names of all recordings, for table tests. */
export function recordingNames(): string[] {
  const files = readdirSync(fixtures).filter((file) => file.endsWith(".jsonl"));
  return files.map((file) => file.slice(0, -".jsonl".length)).sort();
}

/** @param name a recording of `test/fixtures/`, without `.jsonl`, or the path of another one, with it */
export function readRecording(name: string): Recording {
  const text = readFileSync(name.endsWith(".jsonl") ? name : join(fixtures, `${name}.jsonl`), "utf8");
  const lines = text.split("\n").filter((line) => line !== "");
  const [head, ...rest] = lines.map((line): Line => JSON.parse(line));
  if (head === undefined || !("recording" in head)) throw new Error(`${name} is not a recording`);
  const { octoprint, plugin, settings } = head.recording;
  return {
    name,
    octoprint,
    plugin,
    scheme: schemeOf(plugin, settings),
    messages: rest.flatMap((line) => ("topic" in line ? [messageOf(line)] : [])),
    steps: rest.flatMap((line) => ("step" in line ? [line] : [])),
  };
}

function messageOf(line: Extract<Line, { topic: string }>): RecordedMessage {
  const { t, topic, payload = "", payloadBase64, qos, retain } = line;
  const bytes = payloadBase64 === undefined ? Buffer.from(payload) : Buffer.from(payloadBase64, "base64");
  return { t, topic, payload: bytes, qos, retain };
}

function schemeOf(plugin: string, { publish = {}, timestamp_fieldname }: RecordedSettings): Partial<SchemeSettings> {
  const fields = ["eventTopic", "progressTopic", "temperatureTopic", "metadataTopic", "lwTopic"] as const;
  const texts = fields.flatMap((field) => {
    const text = publish[field];
    return typeof text === "string" ? [[field, text]] : [];
  });
  return {
    baseTopic: baseTopicOf(plugin, publish.baseTopic),
    ...Object.fromEntries(texts),
    ...(timestamp_fieldname === undefined ? {} : { timestampField: timestamp_fieldname }),
  };
}

function baseTopicOf(plugin: string, recorded: unknown): string {
  // Two printers of one farm are recorded as "farm/left/ and farm/right/".
  if (typeof recorded === "string") return recorded.includes(" and ") ? "farm/{printer}/" : recorded;
  // 0.8.4 turned the default "octoprint/" into "octoPrint/".
  return ["0.5", "0.8.3"].includes(plugin) ? "octoprint/" : "octoPrint/";
}
