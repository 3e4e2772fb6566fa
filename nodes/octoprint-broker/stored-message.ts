import { Buffer } from "node:buffer";
import type { Publication } from "../mqtt/message.ts";
import { isRecord } from "../octoprint/messages/json.ts";

/** The part of a message that is stored for the next run. */
export interface StoredMessage extends Pick<Publication, "topic" | "payload" | "qos" | "retain"> {
  /** The server that it is for. */
  readonly server: string;
  /** When it was to be published, milliseconds since the epoch. */
  readonly at: number;
}

/** As a context store takes it, which may be a file of JSON. */
export function encodeStored({ payload, ...others }: StoredMessage): object {
  return { ...others, ...(typeof payload === "string" ? { text: payload } : { base64: payload.toString("base64") }) };
}

/** A store may hold anything, so this skips whatever is not a message. */
export function decodeStored(stored: unknown): StoredMessage[] {
  return Array.isArray(stored) ? stored.flatMap(messageOf) : [];
}

function messageOf(stored: unknown): StoredMessage[] {
  if (!isRecord(stored)) return [];
  const { topic, text, base64, qos, retain, server, at } = stored;
  if (typeof topic !== "string" || typeof retain !== "boolean") return [];
  if (typeof server !== "string" || typeof at !== "number") return [];
  if (qos !== 0 && qos !== 1 && qos !== 2) return [];
  const payload =
    typeof text === "string" ? text : typeof base64 === "string" ? Buffer.from(base64, "base64") : undefined;
  return payload === undefined ? [] : [{ topic, payload, qos, retain, server, at }];
}
