import { failure, type Problem } from "../problem.ts";
import { textOf } from "../tracking/observation.ts";
import type { CommandRow, Permission } from "./command-row.ts";
import { isOffline, type Observed } from "./observed.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** What a status of OctoPrint's means for a command, or what else must be asked before one can say. */
export type Refused = { readonly problem: Problem } | { readonly ask: "job" | "permissions" };

/** `undefined`: it means the same for each request. */
export function refusedBecause(
  row: CommandRow,
  parameters: Parameters,
  status: number | undefined,
  reason: string,
): Refused | undefined {
  switch (status) {
    case 400: {
      const wrong = row.badRequest?.(parameters);
      // A wrong key, from 1.11 on: that means the same for all.
      return wrong === undefined || /CSRF/i.test(reason) ? undefined : { problem: wrong.problem };
    }
    case 403:
      return { ask: "permissions" };
    case 404: {
      const missing = row.notFound?.(parameters);
      return missing && { problem: missing.problem };
    }
    case 409:
      return { ask: "job" };
    case 415: {
      const path = textOf(parameters.path ?? parameters.filename);
      return path === "" ? undefined : failure("not-machine-code", { path });
    }
    default:
      return undefined;
  }
}

/** 409: either OctoPrint has no printer, or the command does not fit what the printer does. */
export function conflictBecause(row: CommandRow, parameters: Parameters, now: Observed): Problem | undefined {
  const problem = row.conflict?.(parameters, now).problem;
  if (isOffline(now) && row.urgent !== true) return failure("printer-offline").problem;
  return problem;
}

/**
 * 403: what the user of the key lacks.
 *
 * @param held the names that OctoPrint has for them; `undefined`: it did not say
 */
export function permissionMissing(row: CommandRow, held: readonly string[] | undefined, user: string): Problem {
  const missing = row.permissions.filter((permission) => held?.includes(permissionIds[permission]) === false);
  const named = missing.length === 0 ? row.permissions : missing;
  return failure("permission-missing", { permission: named.join(", ") || "?", user }).problem;
}

/** What `/api/currentuser` calls them. */
const permissionIds: { readonly [permission in Permission]: string } = {
  Status: "STATUS",
  Connection: "CONNECTION",
  Print: "PRINT",
  Control: "CONTROL",
  "List files": "FILES_LIST",
  "Upload files": "FILES_UPLOAD",
  "Select files": "FILES_SELECT",
  "Delete files": "FILES_DELETE",
  "Settings read": "SETTINGS_READ",
  Webcam: "WEBCAM",
  System: "SYSTEM",
  "PSUControl: Control": "PLUGIN_PSUCONTROL_CONTROL",
};
