import { isRecord } from "./json.ts";

/**
 * The name of a value that `JSON.stringify` would write wrongly, as `{}` for example: a Map, a Set, an Error, a
 * Promise, a Float32Array, at any depth. A value that says how to write it (a Date, a Buffer in an object) is fine.
 * `undefined`: there is none. The value must not contain itself.
 *
 * @example withoutJson({ a: [new Map()] }) // "Map"
 */
export function withoutJson(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return firstOf(value);
  if (!isRecord(value) || typeof value.toJSON === "function") return undefined;
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object Object]") return firstIn(value);
  const name = tag.slice("[object ".length, -1);
  return ["Number", "String", "Boolean"].includes(name) ? undefined : name;
}

/** No list of the values: nearly every message that is published comes by here. */
function firstIn(record: Readonly<Record<string, unknown>>): string | undefined {
  for (const key in record) {
    const value = record[key];
    if (typeof value !== "object" || !Object.hasOwn(record, key)) continue;
    const found = withoutJson(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstOf(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const found = withoutJson(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
