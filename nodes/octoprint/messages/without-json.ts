import { isRecord } from "./json.ts";

/**
 * The name of what `JSON.stringify` writes as `{}` or as something that it is not: a Map, a Set, an Error, a Promise, a
 * Float32Array, wherever it stands. What says itself how it is written (a Date, a Buffer in an object) is well.
 * `undefined`: there is none. For what has been written already, and so is no circle.
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
