import { type Failure, failure } from "../problem.ts";
import { type ApiRequest, type Facts, type Plan, post, send } from "./command-row.ts";
import { isOffline, isPrinting } from "./observed.ts";

/** Which file: the path inside of a storage. */
export const fileParameters = {
  type: "object",
  properties: {
    path: { type: "string", minLength: 1 },
    location: { type: "string", enum: ["local", "printer"], default: "local" },
  },
  required: ["path"],
  additionalProperties: false,
} as const;

/** Our word for a storage: up to 1.11 OctoPrint calls the printer's own one `sdcard`. */
export function locationOf(origin: string | undefined): string {
  return origin === "sdcard" || origin === "printer" ? "printer" : origin || "local";
}

/** The storage in a path of the API. @param major OctoPrint's major version */
export function storageOf(location: string | undefined, major: number | undefined): string {
  return locationOf(location) === "printer" ? ((major ?? 1) >= 2 ? "printer" : "sdcard") : "local";
}

/** @example filePath({ path: "parts/a b.gcode" }, 1) // { ok: true, path: "/api/files/local/parts/a%20b.gcode" } */
export function filePath(
  { path, location }: { readonly path: string; readonly location?: string | undefined },
  major: number | undefined,
): { readonly ok: true; readonly path: string } | Failure {
  const levels = encodeLevels(path);
  if (levels === undefined || levels === "") return failure("file-path-invalid", { path });
  return { ok: true, path: `/api/files/${storageOf(location, major)}/${levels}` };
}

/** Each level percent-encoded; `undefined` where it is no path inside of a storage. */
export function encodeLevels(path: string): string | undefined {
  const levels = path.split("/").filter((level) => level !== "");
  if (/\p{Cc}/u.test(path) || path.includes("\\") || !path.isWellFormed()) return undefined;
  if (levels.some((level) => level === "." || level === "..")) return undefined;
  return levels.map((level) => encodeURIComponent(level)).join("/");
}

/** Plans to select a file, and with `print` to print it: only while the printer is connected and idle. */
export function planSelect(
  file: { readonly path: string; readonly location?: string | undefined },
  { now, major }: Pick<Facts, "now" | "major">,
  options: { readonly print?: true } = {},
): Plan<ApiRequest> {
  if (isOffline(now)) return failure("printer-offline");
  if (isPrinting(now)) return failure("already-printing", { path: now.file.path || "?" });
  const path = filePath(file, major);
  return path.ok ? send(post(path.path, { command: "select", ...options })) : path;
}
