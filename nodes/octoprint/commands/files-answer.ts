import { isRecord } from "../messages/json.ts";
import { numberOf, textOf } from "../tracking/observation.ts";
import { locationOf } from "./file-path.ts";

/** A file at OctoPrint, the same on 1.x and 2.0. Times are ms since the epoch, lengths of time s. Not known is null. */
export interface FileRow {
  readonly path: string;
  readonly name: string;
  /** `printer`: the printer's own storage, an SD card say. */
  readonly location: string;
  /** Bytes. */
  readonly size: number | null;
  readonly date: number | null;
  /** How long OctoPrint thinks that it takes, s. */
  readonly estimate: number | null;
  readonly lastPrint: number | null;
  readonly successes: number;
  readonly failures: number;
}

/** The files of an answer of `/api/files`, or of the entry of a folder, folders left out. */
export function filesOf(reply: unknown): FileRow[] {
  if (!isRecord(reply)) return [];
  return entriesIn(reply.files ?? reply.children ?? []).map(rowOf);
}

/** So deep OctoPrint's folders are walked. */
const deepest = 32;

function entriesIn(entries: unknown, level = 0): Record<string, unknown>[] {
  if (!Array.isArray(entries) || level > deepest) return [];
  return entries.filter(isRecord).flatMap((entry) => {
    if (entry.type === "folder") return entriesIn(entry.children ?? [], level + 1);
    return typeof entry.path === "string" || typeof entry.name === "string" ? [entry] : [];
  });
}

function rowOf(entry: Readonly<Record<string, unknown>>): FileRow {
  const prints = isRecord(entry.prints) ? entry.prints : {};
  const last = isRecord(prints.last) ? prints.last : {};
  const analysis = isRecord(entry.gcodeAnalysis) ? entry.gcodeAnalysis : {};
  const path = textOf(entry.path) || textOf(entry.name);
  return {
    path,
    name: textOf(entry.name) || path,
    location: locationOf(textOf(entry.origin)),
    size: numberOf(entry.size) ?? null,
    date: millisecondsOf(entry.date),
    estimate: numberOf(analysis.estimatedPrintTime) ?? null,
    lastPrint: millisecondsOf(last.date),
    successes: numberOf(prints.success) ?? 0,
    failures: numberOf(prints.failure) ?? 0,
  };
}

function millisecondsOf(seconds: unknown): number | null {
  const known = numberOf(seconds);
  return known === undefined ? null : Math.round(known * 1000);
}
