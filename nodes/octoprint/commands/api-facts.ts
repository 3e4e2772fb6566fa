import { isRecord } from "../messages/json.ts";
import { noFile, numberOf, type Phase, textOf } from "../tracking/observation.ts";
import type { ApiRequest, FactName, Facts, Preset } from "./command-row.ts";
import { filePath, locationOf } from "./file-path.ts";
import type { Observed } from "./observed.ts";

/** What the reads give: everything but the limits. */
export type Read = Partial<Omit<Facts, "now" | "limits">> & { readonly now?: Partial<Observed> };

interface FactRow {
  request(parameters: Readonly<Record<string, unknown>>, facts: Read): ApiRequest | undefined;
  /** OctoPrint's answer with 200. */
  read(body: unknown): Read;
  /** Answers that tell something, too: 409, OctoPrint has no printer. */
  readonly without?: readonly number[];
}

const get = (path: string): ApiRequest => ({ method: "GET", path });

/** How each fact is read from OctoPrint's API. A fact that the key may not read is left out where it has `without` 403. */
export const apiFacts: { readonly [fact in FactName]: FactRow } = {
  job: { request: () => get("/api/job"), read: (body) => ({ now: jobOf(body) }) },
  temperatures: {
    request: () => get("/api/printer?exclude=sd,state"),
    read: (body) => ({ now: { temperatures: temperaturesOf(body) } }),
    without: [409],
  },
  profile: { request: () => get("/api/printerprofiles"), read: profileOf, without: [403, 404] },
  presets: { request: () => get("/api/settings"), read: (body) => ({ presets: presetsOf(body) }) },
  entry: {
    request: ({ path, location }, { major }) => {
      const found = filePath({ path: textOf(path), location: textOf(location) }, major);
      return found.ok ? get(found.path) : undefined;
    },
    read: (body) => ({ entry: { folder: isRecord(body) && body.type === "folder" } }),
    without: [404],
  },
  connection: { request: () => get("/api/connection"), read: connectionOf, without: [403] },
  power: {
    request: () => get("/api/plugin/psucontrol"),
    read: (body) => ({ now: isRecord(body) && typeof body.isPSUOn === "boolean" ? { powered: body.isPSUOn } : {} }),
    without: [403, 404],
  },
  major: {
    request: ({ location }) => (locationOf(textOf(location)) === "printer" ? get("/api/version") : undefined),
    read: (body) => ({ major: Number.parseInt(textOf(isRecord(body) ? body.server : ""), 10) || 1 }),
  },
};

/** The texts by which OctoPrint 1.2 to 2.0 names its states; what follows them differs from version to version. */
const states: readonly (readonly [RegExp, Phase])[] = [
  [/^(?:Offline after error|Offline \(Error|Error)/i, "error"],
  [/^(?:Offline|Closed|None)/i, "closed"],
  [/^(?:Opening|Detecting|Connecting)/i, "connecting"],
  [/^Operational/i, "ready"],
  [/^Starting/i, "starting"],
  [/^Pausing/i, "pausing"],
  [/^Paused/i, "paused"],
  [/^Resuming/i, "resuming"],
  [/^Cancell?ing/i, "cancelling"],
  [/^Finishing/i, "finishing"],
  [/^Printing/i, "printing"],
  [/^(?:Sending|Transferring)/i, "transfer"],
];

/** @example phaseOfText("Offline (Error: No more candidates)") // "error" */
export function phaseOfText(text: string): Phase | undefined {
  return states.find(([pattern]) => pattern.test(text))?.[1];
}

/** `/api/job`: the state in all states, the file that is selected, and how far it is. */
function jobOf(body: unknown): Partial<Observed> {
  if (!isRecord(body)) return {};
  const text = textOf(body.state);
  const job = isRecord(body.job) ? body.job : {};
  const file = isRecord(job.file) ? job.file : {};
  const progress = isRecord(body.progress) ? body.progress : {};
  const path = textOf(file.path) || textOf(file.name);
  return {
    phase: phaseOfText(text),
    text: text || null,
    file: path === "" ? noFile : { path, name: textOf(file.name) || path, location: locationOf(textOf(file.origin)) },
    progress: numberOf(progress.completion) ?? null,
    printTime: numberOf(progress.printTime) ?? null,
    printTimeLeft: numberOf(progress.printTimeLeft) ?? null,
    error: textOf(body.error) || undefined,
  };
}

function temperaturesOf(body: unknown): Observed["temperatures"] {
  const temperatures = isRecord(body) && isRecord(body.temperature) ? body.temperature : {};
  const named = Object.entries(temperatures).flatMap(([name, value]) =>
    name !== "history" && isRecord(value)
      ? [[name, { actual: numberOf(value.actual) ?? null, target: numberOf(value.target) ?? null }] as const]
      : [],
  );
  return Object.fromEntries(named);
}

function profileOf(body: unknown): Read {
  const profiles = isRecord(body) && isRecord(body.profiles) ? Object.values(body.profiles).filter(isRecord) : [];
  const current = profiles.find((profile) => profile.current === true);
  if (current === undefined) return {};
  const volume = isRecord(current.volume) ? current.volume : {};
  const [x, y, z] = [numberOf(volume.width), numberOf(volume.depth), numberOf(volume.height)];
  const sized = x !== undefined && y !== undefined && z !== undefined;
  return { ...(sized ? { volume: { x, y, z } } : {}), ...heatersOf(current) };
}

/** By the profile: a printer that is just connected has not reported its temperatures yet. */
function heatersOf({ extruder, heatedBed, heatedChamber }: Readonly<Record<string, unknown>>): Read {
  const count = isRecord(extruder) ? numberOf(extruder.count) : undefined;
  if (count === undefined) return {};
  const tools = Array.from({ length: Math.min(count, mostTools) }, (_tool, index) => `tool${index}`);
  const others = [...(heatedBed === true ? ["bed"] : []), ...(heatedChamber === true ? ["chamber"] : [])];
  return { heaters: [...tools, ...others] };
}

/** Nozzles of a printer. */
const mostTools = 16;

function presetsOf(body: unknown): readonly Preset[] {
  const temperature = isRecord(body) && isRecord(body.temperature) ? body.temperature : {};
  const profiles = Array.isArray(temperature.profiles) ? temperature.profiles.filter(isRecord) : [];
  return profiles.map(({ name, extruder, bed, chamber }) => ({
    name: textOf(name),
    extruder: degreesOf(extruder),
    bed: degreesOf(bed),
    chamber: degreesOf(chamber),
  }));
}

/** OctoPrint's settings page stores a number or a text, as it was typed. */
function degreesOf(value: unknown): number | null {
  const degrees = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return numberOf(degrees) ?? null;
}

function connectionOf(body: unknown): Read {
  const current = isRecord(body) && isRecord(body.current) ? body.current : {};
  const port = textOf(current.port) || null;
  return { connection: { port, baudrate: numberOf(current.baudrate) ?? null } };
}
