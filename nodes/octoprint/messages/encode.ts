import { Buffer } from "node:buffer";
import { retainedEvents } from "../events/events.ts";
import { type Failure, failure } from "../problem.ts";
import { isProgressName, type Kind, type ProgressName } from "../topics/kinds.ts";
import { connectionStatus, nameOfType } from "./decode.ts";
import { deepest, isRecord, isTooDeep } from "./json.ts";
import { checkSchema, progressTexts } from "./schemas.ts";
import { withoutJson } from "./without-json.ts";

/** What a flow wants to be published. */
export interface Outgoing {
  readonly kind: Kind;
  /** The placeholder's value. */
  readonly name: string;
  /** The message, or its value. */
  readonly payload: unknown;
  /** Where a progress message's missing texts are looked up: `path`, `location`, … */
  readonly texts: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch to be written where the message has no timestamp; `undefined`: write none. */
  readonly timestamp: number | undefined;
  /** The timestamp's field; `""`: write none. */
  readonly timestampField: string;
}

/** A message as it is to be published. */
export interface Encoded {
  readonly ok: true;
  readonly payload: string | Buffer;
  /** What was encoded, before it became text. */
  readonly message: unknown;
  /** As the plugin publishes it. */
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

/**
 * Writes a message as the plugin does, or says why it cannot be published correctly.
 *
 * @example encode({ kind: "event", name: "Connected", payload: { port: "VIRTUAL" }, … })
 * // { ok: true, payload: '{"port":"VIRTUAL","_event":"Connected","_timestamp":1792000000}', qos: 0, retain: false, … }
 */
export function encode(outgoing: Outgoing): Encoded | Failure {
  const { kind, name, payload } = outgoing;
  if (kind === "event") return encodeEvent(outgoing);
  if (payload === undefined) return failure("payload-missing");
  if (kind === "progress" && !isProgressName(name)) return failure("progress-name", { name });
  // A zero-length message clears the retained one [MQTT-3.3.1-10].
  if (payload === null) return encoded(outgoing, "", null);
  switch (kind) {
    case "progress":
      return encodeProgress(outgoing, name === "slicing" ? "slicing" : "printing");
    case "temperature":
      return encodeTemperature(outgoing);
    case "metadata":
      return encodeMetadata(outgoing);
    case "connection":
      return encodeConnection(outgoing);
    case "other":
      return encodeOther(outgoing);
  }
}

/** True for what the plugin (0.8.14 and later) publishes retained. */
export function isRetained(kind: Kind, name: string): boolean {
  return kind === "event" ? retainedEvents.has(name) : kind !== "other";
}

function encoded({ kind, name }: Outgoing, payload: string | Buffer, message: unknown): Encoded {
  return { ok: true, payload, message, qos: kind === "connection" ? 1 : 0, retain: isRetained(kind, name) };
}

/** The flow's own object stays as it is. */
function encodeObject(outgoing: Outgoing, given: Record<string, unknown>): Encoded | Failure {
  const { timestamp, timestampField } = outgoing;
  const stamp = timestamp !== undefined && timestampField !== "" && given[timestampField] === undefined;
  const message = stamp ? { ...given, [timestampField]: Math.trunc(timestamp / 1000) } : given;
  const json = toJson(message);
  return json.ok ? encoded(outgoing, json.text, message) : json;
}

function toJson(value: unknown): { readonly ok: true; readonly text: string } | Failure {
  try {
    const text = JSON.stringify(value);
    if (isTooDeep(text)) return failure("too-deep", { limit: deepest });
    const found = withoutJson(value);
    return found === undefined ? { ok: true, text } : failure("payload-without-json", { found });
  } catch (error) {
    return failure("payload-not-json", { reason: error instanceof Error ? error.message : String(error) });
  }
}

/** A plain object, as JSON knows it: no Buffer, Date or Map, whose JSON would be something else. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  // An object made in a function node's sandbox has that sandbox's Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function encodeEvent(outgoing: Outgoing): Encoded | Failure {
  const { name, payload } = outgoing;
  const empty = payload === undefined || payload === null || payload === "";
  if (!empty && !isPlainObject(payload)) return failure("event-payload", { found: nameOfType(payload) });
  // Copies only to add something: a message from another printer already has its name.
  const message = empty ? { _event: name } : payload._event === name ? payload : { ...payload, _event: name };
  return checkSchema("event", message) ?? encodeObject(outgoing, message);
}

function encodeProgress(outgoing: Outgoing, name: ProgressName): Encoded | Failure {
  const { payload, texts } = outgoing;
  const given = typeof payload === "number" ? { progress: payload } : payload;
  if (!isPlainObject(given)) return failure("progress-payload", { found: nameOfType(payload) });
  const { progress } = given;
  if (typeof progress !== "number" && progress !== null) {
    return failure("progress-payload", { found: `progress: ${nameOfType(progress)}` });
  }
  if (progress !== null && !(progress >= 0 && progress <= 100)) return failure("progress-range", { found: progress });
  const message: Record<string, unknown> = {};
  for (const field of progressTexts[name]) message[field] = given[field] ?? textOr(texts[field], "");
  message.progress = progress === null ? null : Math.round(progress);
  // The second `message` is for texts that are given as null or undefined; the first one for the plugin's order.
  const complete = { ...message, ...given, ...message };
  const wrong = checkSchema(name, complete);
  return wrong ?? encodeObject(outgoing, progress === null ? { ...complete, progress: -100 } : complete);
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function encodeTemperature(outgoing: Outgoing): Encoded | Failure {
  const { payload } = outgoing;
  const given = typeof payload === "number" ? { actual: payload, target: null } : payload;
  if (!isPlainObject(given)) return failure("temperature-payload", { found: nameOfType(payload) });
  const wrong = checkSchema("temperature", given);
  return wrong ?? encodeObject(outgoing, { ...given });
}

/** As the plugin (0.8.16) writes a value of a file's metadata: text as it is, `True` and `False`, objects as JSON. */
function encodeMetadata(outgoing: Outgoing): Encoded | Failure {
  const { payload } = outgoing;
  if (typeof payload === "string") return encoded(outgoing, payload, payload);
  if (typeof payload === "boolean") return encoded(outgoing, payload ? "True" : "False", payload);
  if (typeof payload === "number" && Number.isFinite(payload)) return encoded(outgoing, String(payload), payload);
  if (!isPlainObject(payload) && !Array.isArray(payload)) {
    return failure("metadata-payload", { found: nameOfType(payload) });
  }
  const json = toJson(payload);
  return json.ok ? encoded(outgoing, json.text, payload) : json;
}

function encodeConnection(outgoing: Outgoing): Encoded | Failure {
  const { payload } = outgoing;
  const text = typeof payload === "boolean" ? (payload ? "connected" : "disconnected") : payload;
  const status = typeof text === "string" ? connectionStatus(text) : undefined;
  if (status === undefined) return failure("connection-payload", { found: textOr(payload, nameOfType(payload)) });
  return encoded(outgoing, status, status);
}

function encodeOther(outgoing: Outgoing): Encoded | Failure {
  const { payload } = outgoing;
  const bytes = bytesOf(payload);
  if (bytes !== undefined) return encoded(outgoing, bytes, bytes);
  if (typeof payload === "string") return encoded(outgoing, payload, payload);
  if (typeof payload === "function" || typeof payload === "symbol" || typeof payload === "bigint") {
    return failure("payload-without-json", { found: typeof payload });
  }
  if (typeof payload === "number" && !Number.isFinite(payload)) {
    return failure("payload-not-json", { reason: String(payload) });
  }
  const json = toJson(payload);
  return json.ok ? encoded(outgoing, json.text, payload) : json;
}

/** Copies the payload: it may have to wait, while the flow changes its own. */
function bytesOf(value: unknown): Buffer | undefined {
  if (ArrayBuffer.isView(value)) return Buffer.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  return isArrayBuffer(value) ? Buffer.from(new Uint8Array(value)) : undefined;
}

/** A function node's sandbox has an ArrayBuffer of its own, hence no `instanceof`. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  const tag = Object.prototype.toString.call(value);
  return tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]";
}
