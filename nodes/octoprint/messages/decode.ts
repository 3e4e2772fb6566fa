import { type Buffer, isUtf8 } from "node:buffer";
import { type Failure, failure } from "../problem.ts";
import type { Channel } from "../topics/scheme.ts";
import { isRecord, parseJson } from "./json.ts";
import { type ConnectionStatus, checkSchema } from "./schemas.ts";

/** A message that was read. */
export interface DecodedMessage {
  readonly ok: true;
  /** The message, `null` where a retained topic was cleared. */
  readonly message: unknown;
  /** The one thing that the message is about: a name, a percentage, degrees C, a text, a boolean. */
  readonly value: unknown;
  /** Milliseconds since the epoch, where the payload says when. */
  readonly timestamp: number | undefined;
}

/** Nothing happened: an event's retained topic was cleared. */
export interface Ignored {
  readonly ok: true;
  readonly ignored: "cleared-event";
}

/** What decoding gives: a message, that nothing happened, or a problem. */
export type Decoded = DecodedMessage | Ignored | Failure;

/**
 * Reads a payload and is tolerant: added fields are kept, `NaN` is null, a progress of -100 (size unknown) is null, and
 * an empty payload clears a retained topic. Never throws, whatever the bytes.
 *
 * @example decode(scheme.match("octoprint/progress/printing"), Buffer.from('{"location":"local","path":"a.gcode","progress":23.0}'), "_timestamp")
 * // { ok: true, message: { location: "local", path: "a.gcode", progress: 23 }, value: 23, timestamp: undefined }
 */
export function decode(channel: Channel, bytes: Buffer, timestampField: string): Decoded {
  if (bytes.length === 0) {
    return channel.kind === "event" ? { ok: true, ignored: "cleared-event" } : plain(null, null);
  }
  if (!isUtf8(bytes)) return channel.kind === "other" ? plain(bytes, bytes) : failure("not-utf8");
  const text = bytes.toString();
  switch (channel.kind) {
    case "metadata":
      return plain(text, text);
    case "connection":
      return decodeConnection(channel, text);
    case "other":
      return decodeOther(text, timestampField);
    default:
      return decodeObject(channel, text, timestampField);
  }
}

function plain(message: unknown, value: unknown, timestamp?: number): DecodedMessage {
  return { ok: true, message, value, timestamp };
}

function decodeObject(channel: Channel, text: string, timestampField: string): Decoded {
  const parsed = parseJson(text);
  if (!parsed.ok) return parsed;
  const message = parsed.value;
  if (!isRecord(message)) return failure("not-an-object", { found: nameOfType(message) });
  const timestamp = timestampOf(message, timestampField);
  if (channel.kind === "event" || channel.kind === "temperature") {
    return checkSchema(channel.kind, message) ?? plain(message, valueOfMessage(channel, message), timestamp);
  }
  if (typeof message.progress === "number") message.progress = percentOf(message.progress);
  const schema = channel.name === "slicing" ? "slicing" : "printing";
  return checkSchema(schema, message) ?? plain(message, valueOfMessage(channel, message), timestamp);
}

/** The one thing that a message is about. */
export function valueOfMessage({ kind, name }: Channel, message: unknown): unknown {
  if (kind === "event") return name;
  if (kind === "connection") return message === null ? null : message === "connected";
  if (!isRecord(message)) return message;
  if (kind === "progress") return message.progress;
  return kind === "temperature" ? (message.actual ?? message.temperature ?? null) : message;
}

/**
 * OctoPrint reports a completion of -1 while the size of the file is unknown, the plugin makes -100 % of it. Estimators
 * (PrintTimeGenius) are sometimes a little outside of 0 to 100.
 */
function percentOf(progress: number): number | null {
  return progress === -100 ? null : Math.min(100, Math.max(0, progress));
}

/** Some clients publish the status quoted or capitalised. */
function decodeConnection(channel: Channel, text: string): Decoded {
  const status = connectionStatus(text.trim().replace(/^"(.*)"$/, "$1"));
  return status === undefined
    ? failure("not-a-status", { found: text.slice(0, 40) })
    : plain(status, valueOfMessage(channel, status));
}

/** The status that a text names; `undefined`: none. */
export function connectionStatus(text: string): ConnectionStatus | undefined {
  const lower = text.toLowerCase();
  return lower === "connected" || lower === "disconnected" ? lower : undefined;
}

/** A JSON object or list parsed, anything else as text: `0.2` or `True` of a plugin stays what it is. */
function decodeOther(text: string, timestampField: string): Decoded {
  if (!/^\s*[[{]/.test(text)) return plain(text, text);
  const parsed = parseJson(text);
  if (!parsed.ok) return parsed.problem.code === "too-deep" ? parsed : plain(text, text);
  return plain(parsed.value, parsed.value, timestampOf(parsed.value, timestampField));
}

/** The plugin writes whole seconds. What no `Date` can hold is no time. */
function timestampOf(message: unknown, field: string): number | undefined {
  if (field === "" || !isRecord(message)) return undefined;
  const seconds = message[field];
  return typeof seconds === "number" && Math.abs(seconds) <= 8.64e12 ? seconds * 1000 : undefined;
}

/** A word for an error text: what was found instead of what was expected. */
export function nameOfType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (value instanceof Uint8Array) return "Buffer";
  return typeof value;
}
