import { isRecord } from "../messages/json.ts";
import { failure } from "../problem.ts";
import { numberOf, textOf } from "../tracking/observation.ts";
import { command, send } from "./command-row.ts";
import { encodeLevels, fileParameters, filePath, locationOf, planSelect, storageOf } from "./file-path.ts";
import { filesOf } from "./files-answer.ts";
import { isOffline, isPrinting } from "./observed.ts";

/** The commands for files: select, delete, upload, list. */
export const fileCommands = {
  select: command({
    parameters: fileParameters,
    single: "path",
    permissions: ["Status", "Select files"],
    api: {
      reads: ["job", "major"],
      plan: (file, facts) => planSelect(file, facts),
    },
    mqtt: undefined,
    notFound: ({ path }) => failure("file-not-found", { path }),
    conflict: (_file, now) => failure("already-printing", { path: now.file.path || "?" }),
    example: { parameters: { path: "parts/cube.gcode" } },
  }),

  delete: command({
    parameters: fileParameters,
    single: "path",
    marked: true,
    permissions: ["List files", "Delete files"],
    api: {
      reads: ["major", "entry"],
      plan: (file, { major, entry }) => {
        const path = filePath(file, major);
        if (!path.ok) return path;
        if (entry === undefined) return failure("file-not-found", { path: file.path });
        // A folder goes with everything in it.
        return entry.folder ? failure("is-a-folder", { path: file.path }) : send({ method: "DELETE", path: path.path });
      },
    },
    mqtt: undefined,
    notFound: ({ path }) => failure("file-not-found", { path }),
    conflict: ({ path }) => failure("file-in-use", { path }),
    example: { parameters: { path: "parts/old.gcode" }, facts: { entry: { folder: false } } },
  }),

  upload: command({
    parameters: {
      type: "object",
      properties: {
        filename: { type: "string", minLength: 1 },
        folder: { type: "string" },
        location: fileParameters.properties.location,
        print: { type: "boolean", default: false },
        overwrite: { type: "boolean", default: false },
      },
      required: ["filename"],
      additionalProperties: false,
    },
    fromMsg: true,
    permissions: ["Status", "Upload files", "Print", "Delete files"],
    api: {
      reads: ["job", "major"],
      plan: ({ filename, folder, location, print, overwrite }, { now, major, content }) => {
        const name = filename.slice(Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\")) + 1);
        if (name === "" || encodeLevels(name) === undefined) return failure("file-path-invalid", { path: filename });
        if (folder !== undefined && encodeLevels(folder) === undefined)
          return failure("file-path-invalid", { path: folder });
        if (content === undefined || content.length === 0) return failure("upload-empty");
        // OctoPrint would take the file and drop the wish to print it.
        if (print === true && isOffline(now)) return failure("printer-offline");
        if (print === true && isPrinting(now)) return failure("already-printing", { path: now.file.path || "?" });
        const fields: Record<string, string> = {};
        if (folder !== undefined && folder !== "") fields.path = folder;
        if (print === true) fields.print = "true";
        if (overwrite !== true) fields.noOverwrite = "true";
        const path = `/api/files/${storageOf(location, major)}`;
        return send({ method: "POST", path, upload: { filename: name, content, fields } });
      },
    },
    mqtt: undefined,
    happened: {
      reads: ["job"],
      words: "OctoPrint has the file; with `print`, it prints it",
      judge: ({ print }, { now, before }) => {
        if (print !== true || isPrinting(now)) return "yes";
        if (isOffline(now)) return failure("printer-offline").problem;
        return now.progress === 100 && now.printTime !== before.printTime ? "yes" : "no";
      },
    },
    conflict: ({ filename }) => failure("file-exists", { path: filename }),
    answer: (reply, { print }) => {
      const files = isRecord(reply) && isRecord(reply.files) ? reply.files : {};
      const [stored] = Object.values(files).filter(isRecord);
      const file = stored ?? (isRecord(reply) && isRecord(reply.file) ? reply.file : {});
      // Before 1.8 OctoPrint does not say: the printer's state has to tell.
      const started = isRecord(reply) ? reply.effectivePrint : undefined;
      const path = textOf(file.path) || textOf(file.name);
      if (print === true && started === false) return failure("upload-not-started", { path });
      const location = locationOf(textOf(file.origin));
      return { ok: true, payload: { path, name: textOf(file.name), location, printing: print === true } };
    },
    example: {
      parameters: { filename: "cube.gcode", folder: "parts", print: true },
    },
  }),

  files: command({
    parameters: {
      type: "object",
      properties: { folder: { type: "string" }, recursive: { type: "boolean", default: false } },
      additionalProperties: false,
    },
    single: "folder",
    permissions: ["List files"],
    api: {
      plan: ({ folder = "", recursive }) => {
        const levels = encodeLevels(folder);
        if (levels === undefined) return failure("file-path-invalid", { path: folder });
        const path = levels === "" ? "/api/files" : `/api/files/local/${levels}`;
        return send({ method: "GET", path: `${path}${recursive === true ? "?recursive=true" : ""}` });
      },
    },
    mqtt: undefined,
    notFound: ({ folder = "" }) => failure("file-not-found", { path: folder }),
    answer: (reply) => ({ ok: true, payload: filesOf(reply) }),
    example: { parameters: { folder: "parts" } },
  }),

  request: command({
    parameters: {
      type: "object",
      properties: {
        method: { type: "string", enum: ["GET", "POST", "PUT", "PATCH", "DELETE"], default: "GET" },
        path: { type: "string", minLength: 1 },
        body: { type: ["object", "array"] },
      },
      required: ["path"],
      additionalProperties: false,
    },
    single: "path",
    marked: true,
    permissions: [],
    api: {
      plan: ({ method = "GET", path, body }) => {
        if (!isRequestPath(path)) return failure("request-path", { path });
        return send({ method, path, ...(body === undefined || method === "GET" ? {} : { body }) });
      },
    },
    mqtt: undefined,
    answer: (reply) => ({ ok: true, payload: withoutSecrets(reply) }),
    example: { parameters: { method: "POST", path: "/api/plugin/psucontrol", body: { command: "getPSUState" } } },
  }),
};

/** Below the server's address, and nowhere else: `..` and `//host` would lead out of it. */
function isRequestPath(path: string): boolean {
  if (!path.startsWith("/") || path.startsWith("//") || /[\p{Cc}\s\\#]/u.test(path) || !path.isWellFormed())
    return false;
  const [levels = "", query = ""] = path.split("?", 2);
  return !levels.split("/").some((level) => /^(?:\.|%2e){1,2}$/i.test(level)) && !/(?:^|&)apikey=/i.test(query);
}

const secretKeys = new Set(["key", "apikey", "api_key", "password", "snapshotauthpassword", "secret", "token"]);

/** For an admin OctoPrint's settings hold the global key, and passwords of cameras. */
function withoutSecrets(value: unknown): unknown {
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) =>
      secretKeys.has(name.toLowerCase()) && (typeof inner === "string" || numberOf(inner) !== undefined)
        ? [name, null]
        : [name, withoutSecrets(inner)],
    ),
  );
}
