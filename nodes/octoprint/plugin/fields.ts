import { isRecord } from "../messages/json.ts";

// What a frame of the push API holds, read without trust: any field may be missing, null or of another type.

export function recordIn(value: unknown, field: string): Record<string, unknown> | undefined {
  const found = isRecord(value) ? value[field] : undefined;
  return isRecord(found) ? found : undefined;
}

export function numberIn(value: unknown, field: string): number | undefined {
  const found = isRecord(value) ? value[field] : undefined;
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

export function textIn(value: unknown, field: string): string | undefined {
  const found = isRecord(value) ? value[field] : undefined;
  return typeof found === "string" ? found : undefined;
}

export function listIn(value: unknown, field: string): readonly unknown[] {
  const found = isRecord(value) ? value[field] : undefined;
  return Array.isArray(found) ? found : [];
}
