import type { Translate } from "../node-red/translate.ts";
import { isEventName } from "../octoprint/events/events.ts";
import type { DecodedMessage } from "../octoprint/messages/decode.ts";
import { isRecord } from "../octoprint/messages/json.ts";
import type { Channel } from "../octoprint/topics/scheme.ts";

/** What a message says, in a sentence of the runtime's language. */
export function sentenceOf(translate: Translate, channel: Channel, decoded: DecodedMessage, printer: string): string {
  const say = (key: string, parameters: Record<string, string | number> = {}): string =>
    translate(`text.${key}`, { printer, ...parameters });
  const { kind, name } = channel;
  const { message, value } = decoded;
  if (message === null && kind !== "metadata") {
    return say("cleared", { topic: name || translate(`what.${kind}`, {}) });
  }
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
      return say("other", { subtopic: name, value: valueText(say, message) });
  }
}

type Say = (key: string, parameters?: Record<string, string | number>) => string;

function eventSentence(say: Say, event: string, message: Record<string, unknown>): string {
  // Only a name that is known makes a key: i18next reads more than a name into `a.b:c`.
  if (!isEventName(event)) return say("event", { event });
  // OctoPrint sends it after each PrintCancelled, too.
  const isCancelled = event === "PrintFailed" && message.reason === "cancelled";
  const key = `event-${isCancelled ? "PrintCancelled" : event}`;
  const { path, name, file, state_string, state_id, error, stl, movie_basename } = message;
  const text = say(key, {
    event,
    // OctoPrint 1.2 sent `file` alone.
    path: fileOf(say, path ?? name ?? file),
    state: textOf(state_string ?? state_id),
    error: textOf(error),
    stl: fileOf(say, stl),
    movie: fileOf(say, movie_basename),
  });
  return text.endsWith(key) ? say("event", { event }) : text;
}

function progressSentence(say: Say, name: string, message: Record<string, unknown>): string {
  const slicing = name === "slicing";
  const given = slicing ? message.source_path : message.path;
  const { progress } = message;
  if (textOf(given) === "" && (progress === 0 || slicing)) return say(slicing ? "noSlicing" : "noJob");
  const path = fileOf(say, given);
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

function fileOf(say: Say, value: unknown): string {
  return textOf(value) || say("unknownFile");
}

function valueText(say: Say, message: unknown): string {
  if (message instanceof Uint8Array) return say("bytes", { count: message.length });
  return typeof message === "string" ? message : JSON.stringify(message);
}
