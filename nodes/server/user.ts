import { isFields, textOf } from "./json.ts";
import type { User } from "./message.ts";
import { type Failure, failure } from "./problem.ts";

/** `undefined`: no answer of OctoPrint's. */
export function decodeUser(body: unknown): User | undefined {
  if (!isFields(body) || !("name" in body)) return undefined;
  return { name: textOf(body.name) || null, permissions: decodePermissions(body.permissions) };
}

/** 1.4 and later list names. */
function decodePermissions(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter((entry): entry is string => typeof entry === "string");
}

/** Whether a user may do something: administrators may do everything. */
export function may({ permissions }: User, permission: string): boolean {
  return permissions === null || permissions.includes(permission) || permissions.includes("ADMIN");
}

/** Why the printer's status may not be read. */
export function statusForbidden({ name }: User): Failure {
  return name === null ? failure("key-missing") : failure("status-forbidden", { user: name });
}
