import type { Translate } from "../node-red/translate.ts";
import type { DecodedMessage } from "../octoprint/messages/decode.ts";
import { isRecord } from "../octoprint/messages/json.ts";
import type { Channel } from "../octoprint/topics/scheme.ts";

/** What a message says, in a sentence of the runtime's language. */
export function sentenceOf(translate: Translate, channel: Channel, decoded: DecodedMessage, printer: string): string {
  const say = (key: string, parameters: Record<string, string | number> = {}): string =>
    translate(`text.${key}`, { printer, ...parameters });
  const { kind, name } = channel;
  const { message, value } = decoded;
  if (message === null && kind !== "metadata") return say("cleared", { topic: name || kind });
  switch (kind) {
    case "event":
      return eventSentence(say, name, isRecord(message) ? message : {});
    case "progress":
      return progressSentence(say, name, isRecord(message) ? message : {});
    case "temperature":
      return temperatureSentence(say, name, isRecord(message) ? message : {});
    case "metadata":
      return message === null
        ? say("metadataCleared", { key: name })
        : say("metadata", { key: name, value: `${value}` });
    case "connection":
      return say(value === true ? "connected" : "disconnected");
    case "other":
      return say("other", { subtopic: name, value: valueText(message) });
  }
}

type Say = (key: string, parameters?: Record<string, string | number>) => string;

function eventSentence(say: Say, event: string, message: Record<string, unknown>): string {
  const key = `event-${event}`;
  const { path, name, file, state_string, state_id, error, stl, movie_basename } = message;
  const text = say(key, {
    event,
    // OctoPrint 1.2 sent `file` alone.
    path: textOf(path ?? name ?? file),
    state: textOf(state_string ?? state_id),
    error: textOf(error),
    stl: textOf(stl),
    movie: textOf(movie_basename),
  });
  return text.endsWith(key) ? say("event", { event }) : text;
}

function progressSentence(say: Say, name: string, message: Record<string, unknown>): string {
  const slicing = name === "slicing";
  const path = textOf(slicing ? message.source_path : message.path);
  const { progress } = message;
  if (path === "" && (progress === 0 || slicing)) return say(slicing ? "noSlicing" : "noJob");
  if (typeof progress !== "number") return say(slicing ? "slicingUnknown" : "progressUnknown", { path });
  return say(slicing ? "slicing" : "progress", { path, progress });
}

function temperatureSentence(say: Say, temp: string, message: Record<string, unknown>): string {
  const actual = message.actual ?? message.temperature;
  const { target } = message;
  if (typeof actual !== "number") return say("temperatureUnknown", { temp });
  const degrees = { temp, actual: rounded(actual) };
  return typeof target === "number" && target > 0
    ? say("temperatureTarget", { ...degrees, target: rounded(target) })
    : say("temperature", degrees);
}

function rounded(degrees: number): number {
  return Math.round(degrees * 10) / 10;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function valueText(message: unknown): string {
  if (message instanceof Uint8Array) return `${message.length} bytes`;
  return typeof message === "string" ? message : JSON.stringify(message);
}
