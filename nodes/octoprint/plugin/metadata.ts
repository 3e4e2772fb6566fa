import { isRecord } from "../messages/json.ts";
import { mostNames, type PluginMessage } from "./message.ts";

/** Characters of one value at most: previews are stored in files' metadata, too. */
const longest = 65_536;

/** What OctoPrint itself says of a file; all else in its entry is additional metadata. */
const ownKeys: ReadonlySet<string> = new Set([
  "name",
  "display",
  "path",
  "origin",
  "storage",
  "type",
  "typePath",
  "size",
  "date",
  "hash",
  "user",
  "owner",
  "refs",
  "prints",
  "statistics",
  "history",
  "children",
  "gcodeAnalysis",
  "analysis",
  "weight",
]);

/**
 * A file's additional metadata as the plugin publishes it at PrintStarted, and `null` for what only the file before had.
 *
 * @param entry OctoPrint's answer to `GET /api/files/<location>/<path>`
 * @param before the keys published for the file before
 */
export function metadataMessages(entry: unknown, before: readonly string[]): readonly PluginMessage[] {
  const found = isRecord(entry) ? Object.entries(entry).filter(([key, value]) => isAdditional(key, value)) : [];
  const values = new Map<string, unknown>(before.map((key) => [key, null]));
  for (const [key, value] of found.slice(0, mostNames)) values.set(key, value);
  return [...values].map(([key, value]) => metadataMessage(key, value));
}

/** One value of a file's metadata as a message of the plugin. */
export function metadataMessage(key: string, payload: unknown): PluginMessage {
  return { kind: "metadata", name: key, payload, timestamp: undefined };
}

function isAdditional(key: string, value: unknown): boolean {
  if (ownKeys.has(key) || value === undefined) return false;
  if (typeof value === "object" && value !== null) return lengthOf(value) <= longest;
  return typeof value !== "string" || value.length <= longest;
}

function lengthOf(value: object): number {
  try {
    return JSON.stringify(value).length;
  } catch {
    // Nested too deeply to be written.
    return Number.POSITIVE_INFINITY;
  }
}
