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
  const name = Object.prototype.toString.call(value).slice("[object ".length, -1);
  if (name === "Object") return firstOf(Object.values(value));
  return ["Number", "String", "Boolean"].includes(name) ? undefined : name;
}

function firstOf(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const found = withoutJson(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
