import type { Frame } from "./message.ts";

/** What one round of polling found. */
export interface Polled {
  /** OctoPrint's word for the state: `Operational`, `Printing from SD`, `Offline (Error: …)`. */
  readonly text: string;
  /** `null`: no error. */
  readonly error: string | null;
  readonly file: Readonly<Record<string, unknown>>;
  readonly user: unknown;
  /** `completion` in percent, `printTime` in seconds, … */
  readonly progress: Readonly<Record<string, unknown>>;
}

/** By how the text begins, for versions differ in what follows. */
const states: readonly [string, string][] = [
  ["Operational", "OPERATIONAL"],
  ["Printing", "PRINTING"],
  ["Paused", "PAUSED"],
  ["Pausing", "PAUSING"],
  ["Resuming", "RESUMING"],
  ["Cancelling", "CANCELLING"],
  ["Finishing", "FINISHING"],
  ["Starting", "STARTING"],
  ["Sending file", "TRANSFERING_FILE"],
  ["Offline after error", "CLOSED_WITH_ERROR"],
  ["Offline (Error", "CLOSED_WITH_ERROR"],
  ["Offline", "OFFLINE"],
  ["Error", "ERROR"],
  ["Connecting", "CONNECTING"],
  ["Detecting", "DETECT_SERIAL"],
  ["Opening", "OPEN_SERIAL"],
];

const busy = new Set(["PRINTING", "PAUSED", "PAUSING", "RESUMING", "CANCELLING", "FINISHING", "STARTING"]);
const online = new Set([...busy, "OPERATIONAL", "TRANSFERING_FILE"]);

/** OctoPrint's name of a state, as its event PrinterStateChanged has it. */
export function stateIdOf(text: string): string {
  return states.find(([start]) => text.startsWith(start))?.[1] ?? "NONE";
}

/** Whether a printer is connected, in a state that OctoPrint calls operational. */
export function isOnline(text: string): boolean {
  return online.has(stateIdOf(text));
}

/** Whether a state that OctoPrint says in words is that of a print. */
export function isBusy(text: string): boolean {
  return busy.has(stateIdOf(text));
}

/**
 * The events that must have happened between two rounds, each with `derived: true` in its payload. States that came and
 * went in between are not noticed.
 *
 * @example deriveEvents({ text: "Printing", … }, { text: "Operational", progress: { completion: 100 }, … })
 * // PrinterStateChanged, PrintDone
 */
export function deriveEvents(before: Polled, now: Polled): Frame[] {
  const [from, to] = [stateIdOf(before.text), stateIdOf(now.text)];
  const changed = before.text === now.text ? [] : [event("PrinterStateChanged", stateOf(now, to))];
  const job = jobOf(busy.has(to) ? now : before);
  const ended = jobEnd(before, now, job);
  if (ended.length > 0) return [...changed, ...ended];
  if (!busy.has(to)) return changed;
  const another = before.file.path !== now.file.path || before.file.origin !== now.file.origin;
  const started = !busy.has(from) || another ? [event("PrintStarted", job)] : [];
  const paused = to === "PAUSED" && from !== "PAUSED" ? [event("PrintPaused", job)] : [];
  const resumed = to === "PRINTING" && from === "PAUSED" && !another ? [event("PrintResumed", job)] : [];
  return [...changed, ...started, ...paused, ...resumed];
}

function stateOf({ text }: Polled, stateId: string): object {
  return { state_id: stateId, state_string: text };
}

function jobOf({ file: { name, path, origin, size }, user }: Polled): object {
  return { name, path, origin, size, owner: user, user };
}

function jobEnd(before: Polled, now: Polled, job: object): Frame[] {
  if (!isBusy(before.text) || isBusy(now.text)) return [];
  const time = now.progress.printTime ?? before.progress.printTime ?? null;
  if (!isOnline(now.text)) {
    return [event("PrintFailed", { ...job, time, reason: "error", error: now.error ?? "" })];
  }
  // A print that is over stands at 100; one that was cancelled has no completion any more.
  if (now.progress.completion === 100) return [event("PrintDone", { ...job, time })];
  return [
    event("PrintCancelled", { ...job, time, reason: "cancelled" }),
    event("PrintFailed", { ...job, time, reason: "cancelled" }),
  ];
}

function event(type: string, payload: object): Frame {
  return { event: { type, payload: { ...payload, derived: true } } };
}
