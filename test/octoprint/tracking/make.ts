import assert from "node:assert/strict";
import { type Decoded, type DecodedMessage, decode } from "../../../nodes/octoprint/messages/decode.ts";
import { type Encoded, encode, type Outgoing } from "../../../nodes/octoprint/messages/encode.ts";
import type { Failure } from "../../../nodes/octoprint/problem.ts";
import {
  compileScheme,
  type Scheme,
  type SchemeSettings,
  schemeDefaults,
} from "../../../nodes/octoprint/topics/scheme.ts";

/** The scheme of a printer with the plugin's defaults, but for what is given. */
export function schemeWith(settings: Partial<SchemeSettings> = {}): Scheme {
  const compiled = compileScheme({ ...schemeDefaults, ...settings });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problem));
  return compiled.scheme;
}

/** Reads a PUBLISH under a printer's settings. */
export function read(topic: string, payload: string | Buffer, settings: Partial<SchemeSettings> = {}): Decoded {
  const scheme = schemeWith(settings);
  const channel = scheme.match(topic);
  if (channel === undefined) throw new Error(`${topic} is no topic of this printer`);
  return decode(channel, Buffer.from(payload), scheme.settings.timestampField);
}

/** What was read, where nothing may be wrong with it. */
export function readWell(topic: string, payload: string | Buffer, settings?: Partial<SchemeSettings>): DecodedMessage {
  const decoded = read(topic, payload, settings);
  if (decoded.ok && "message" in decoded) return decoded;
  throw new Error(`${topic}: ${JSON.stringify(decoded)}`);
}

export type Message = Pick<Outgoing, "kind" | "payload"> & Partial<Outgoing>;

/** Writes a message; no timestamp is added unless one is given. */
export function write(outgoing: Message): Encoded | Failure {
  return encode({ name: "", texts: {}, timestamp: undefined, timestampField: "_timestamp", ...outgoing });
}

/** What was written, where nothing may be refused. */
export function writeWell(outgoing: Message): Encoded {
  const encoded = write(outgoing);
  if (encoded.ok) return encoded;
  throw new Error(JSON.stringify(encoded.problem));
}

/** What is published, as JSON that was parsed again. */
export function json(message: Message): unknown {
  return JSON.parse(text(message));
}

/** What is published, as text. */
export function text(message: Message): string {
  return String(writeWell(message).payload);
}

export function refused(message: Message, problem: object): void {
  assert.deepEqual(write(message), { ok: false, problem });
}

/** A payload as what it means: JSON parsed (as Python writes it, `NaN` and all), anything else as it is. */
export function meaning(payload: string | Buffer): unknown {
  const bytes = Buffer.from(payload);
  const text = bytes.toString();
  if (!/^\s*[[{]/.test(text)) return bytes.toString("latin1");
  try {
    return JSON.parse(text.replace(/-?\b(NaN|Infinity)\b/g, "null"));
  } catch {
    return bytes.toString("latin1");
  }
}
