import { type Failure, failure } from "../problem.ts";

/** Node-RED's clone of a msg recurses and ends the process at some thousand levels; nobody needs as many as these. */
export const deepest = 64;

/**
 * Parses what Python wrote: bare `NaN`, `Infinity` and `-Infinity` (`json.dumps` of a float) become `null`.
 *
 * @example parseJson('{"z": NaN}') // { ok: true, value: { z: null } }
 */
export function parseJson(text: string): { readonly ok: true; readonly value: unknown } | Failure {
  if (isTooDeep(text)) return failure("too-deep", { limit: deepest });
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return parseMended(nullForNotANumber(text), error instanceof Error ? error.message : String(error));
  }
}

function parseMended(mended: string, reason: string): { readonly ok: true; readonly value: unknown } | Failure {
  try {
    return { ok: true, value: JSON.parse(mended) };
  } catch {
    return failure("not-json", { reason });
  }
}

/** True where the brackets outside of strings nest deeper than `deepest`. */
export function isTooDeep(text: string): boolean {
  if (!hasMoreBrackets(text, deepest)) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > deepest) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}

/** True if the text has more than `most` opening brackets, those in strings included. Faster than a walk through the text. */
function hasMoreBrackets(text: string, most: number): boolean {
  let count = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++count > most) return true;
    }
  }
  return false;
}

/** The index of the quote that ends the string which begins at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

function nullForNotANumber(text: string): string {
  let mended = "";
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) === 0x22) {
      at = endOfString(text, at);
      continue;
    }
    const token = ["NaN", "Infinity", "-Infinity"].find((word) => text.startsWith(word, at));
    if (token === undefined) continue;
    mended += `${text.slice(copied, at)}null`;
    at += token.length - 1;
    copied = at + 1;
  }
  return mended + text.slice(copied);
}

/** A JSON object: neither an array nor null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
