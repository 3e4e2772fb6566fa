import { isRecord } from "../messages/json.ts";

// What a frame of the push API holds, read without trust: any field may be missing, null or of another type.

/** A field that is an object; `undefined`: it is not. */
export function recordIn(value: unknown, field: string): Record<string, unknown> | undefined {
  const found = isRecord(value) ? value[field] : undefined;
  return isRecord(found) ? found : undefined;
}

/** A field that is a finite number; `undefined`: it is not. */
export function numberIn(value: unknown, field: string): number | undefined {
  const found = isRecord(value) ? value[field] : undefined;
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

/** A field that is text; `undefined`: it is not. */
export function textIn(value: unknown, field: string): string | undefined {
  const found = isRecord(value) ? value[field] : undefined;
  return typeof found === "string" ? found : undefined;
}

/** A field that is an array; an empty one where it is not. */
export function listIn(value: unknown, field: string): readonly unknown[] {
  const found = isRecord(value) ? value[field] : undefined;
  return Array.isArray(found) ? found : [];
}
