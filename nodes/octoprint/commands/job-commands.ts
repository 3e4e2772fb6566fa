import { failure } from "../problem.ts";
import { command, noParameters, post, type Seen, send, type Verdict } from "./command-row.ts";
import { fileParameters, locationOf, planSelect } from "./file-path.ts";
import { isOffline, isPrinting, type Observed } from "./observed.ts";

const jobPath = "/api/job";

/** Why nothing can be paused, resumed, cancelled or started again; nobody knows the phase of a printer just heard of. */
function withoutPrint(now: Observed) {
  if (isOffline(now)) return failure("printer-offline");
  return now.phase === "ready" ? failure("nothing-printing") : undefined;
}

/** The print ended, or the printer went, before it came to that. */
function over({ now }: Seen): Verdict {
  if (isOffline(now)) return failure("printer-offline").problem;
  return now.phase === "ready" || now.phase === "cancelling" ? failure("print-over").problem : "no";
}

/** The commands for the job: start, pause, resume, cancel, restart. */
export const jobCommands = {
  start: command({
    parameters: fileParameters,
    single: "path",
    marked: true,
    permissions: ["Status", "Select files", "Print"],
    api: {
      reads: ["job", "major"],
      plan: (file, facts) => planSelect(file, facts, { print: true }),
    },
    mqtt: undefined,
    happened: {
      reads: ["job"],
      words: "it prints that file, or has printed it",
      judge: ({ path, location }, { now, before, phases }) => {
        if (isOffline(now)) return failure("printer-offline").problem;
        const itsFile = now.file.path === path && locationOf(now.file.location) === locationOf(location);
        if (isPrinting(now)) return itsFile ? "yes" : "no";
        if (phases.has("printing") || phases.has("starting")) return failure("print-over").problem;
        const again = before.file.path === path && before.printTime === now.printTime;
        return itsFile && now.progress === 100 && !again ? "yes" : "no";
      },
    },
    notFound: ({ path }) => failure("file-not-found", { path }),
    conflict: (_file, now) => failure("already-printing", { path: now.file.path || "?" }),
    example: { parameters: { path: "parts/cube.gcode" } },
  }),

  pause: command({
    parameters: noParameters,
    permissions: ["Status", "Print"],
    api: {
      reads: ["job"],
      // Without `action` it would toggle.
      plan: (_none, { now }) => withoutPrint(now) ?? send(post(jobPath, { command: "pause", action: "pause" })),
    },
    mqtt: {
      plan: (_none, { now }) => withoutPrint(now) ?? send({ control: "pause", payload: "True" }),
    },
    happened: {
      reads: ["job"],
      words: "Paused; an error if the print is over first",
      judge: (_none, seen) => (seen.now.phase === "paused" ? "yes" : over(seen)),
    },
    conflict: () => failure("nothing-printing"),
    example: { parameters: {}, facts: { now: printing() } },
  }),

  resume: command({
    parameters: noParameters,
    permissions: ["Status", "Print"],
    api: {
      reads: ["job"],
      plan: (_none, { now }) =>
        withoutPrint(now) ?? whilePausing(now) ?? send(post(jobPath, { command: "pause", action: "resume" })),
    },
    mqtt: {
      // What comes while it is pausing is lost.
      plan: (_none, { now }) => withoutPrint(now) ?? whilePausing(now) ?? send({ control: "pause", payload: "False" }),
    },
    happened: {
      reads: ["job"],
      words: "Printing; an error if the print is over first",
      judge: (_none, seen) => (seen.now.phase === "printing" || seen.now.phase === "finishing" ? "yes" : over(seen)),
    },
    conflict: () => failure("nothing-printing"),
    example: { parameters: {}, facts: { now: { ...printing(), phase: "paused", text: "Paused" } } },
  }),

  cancel: command({
    parameters: noParameters,
    marked: true,
    permissions: ["Status", "Print"],
    api: {
      reads: ["job"],
      plan: (_none, { now }) => withoutPrint(now) ?? send(post(jobPath, { command: "cancel" })),
    },
    mqtt: {
      plan: (_none, { now }) => withoutPrint(now) ?? send({ control: "cancel", payload: "PRESS" }),
    },
    happened: {
      reads: ["job"],
      words: "Operational",
      judge: (_none, { now }) => {
        if (isOffline(now)) return failure("printer-offline").problem;
        return now.phase === "ready" ? "yes" : "no";
      },
    },
    conflict: () => failure("nothing-printing"),
    example: { parameters: {}, facts: { now: printing() } },
  }),

  restart: command({
    parameters: noParameters,
    marked: true,
    permissions: ["Status", "Print"],
    api: {
      reads: ["job"],
      plan: (_none, { now }) => {
        const none = withoutPrint(now) ?? whilePausing(now);
        if (none !== undefined) return none;
        return now.phase === "paused" ? send(post(jobPath, { command: "restart" })) : failure("not-paused");
      },
    },
    mqtt: undefined,
    happened: {
      reads: ["job"],
      words: "it prints from the beginning",
      // OctoPrint takes it from a paused print alone: what prints afterwards prints again.
      judge: (_none, seen) => (seen.now.phase === "starting" || seen.now.phase === "printing" ? "yes" : over(seen)),
    },
    conflict: () => failure("not-paused"),
    example: { parameters: {}, facts: { now: { ...printing(), phase: "paused", text: "Paused" } } },
  }),
};

function whilePausing({ phase, text }: Observed) {
  return phase === "pausing" ? ({ ok: true, waitFor: text ?? "Pausing" } as const) : undefined;
}

function printing(): Observed {
  const file = { path: "parts/cube.gcode", name: "cube.gcode", location: "local" };
  return { phase: "printing", text: "Printing", file, progress: 42, printTime: 1260, temperatures: {} };
}
