import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** A frame of OctoPrint's push API, as it came. */
export interface RecordedFrame {
  /** Milliseconds since the recording began. */
  readonly t: number;
  readonly data: unknown;
}

/** The frames of a push socket of OctoPrint 1.11.8: a whole print and one that is cancelled, 145 s. */
export function readPushRecording(): readonly RecordedFrame[] {
  const file = join(resolve(__dirname, "../fixtures/push"), "octoprint-1.11.8.jsonl");
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((line) => {
    if (line === "") return [];
    const parsed: { t?: number; data?: unknown } = JSON.parse(line);
    return parsed.t === undefined ? [] : [{ t: parsed.t, data: parsed.data }];
  });
}

/** What the plugin 0.8.16 of the same OctoPrint published meanwhile, for `readRecording`. */
export const besidePushRecording = resolve(__dirname, "../fixtures/push/plugin-beside-1.11.8.jsonl");
