import { isRecord } from "../messages/json.ts";
import { numberOf, type ObservedProgress, type Phase, type PrintFile, phaseOf, textOf } from "./observation.ts";
import { type JobTime, moved, setRunning, startTime, told } from "./print-clock.ts";

/** OctoPrint's state: `state_id` and `state_string`; null where nobody said. */
export interface StateFacts {
  readonly id: string | null;
  readonly text: string | null;
}

export interface JobFacts {
  readonly file: PrintFile;
  /** Percent; null while the size of the file is not known. */
  readonly progress: number | null;
  readonly time: JobTime;
}

/** Degrees Celsius; null where the sensor or the plugin does not say. */
export interface TemperatureFacts {
  readonly actual: number | null;
  readonly target: number | null;
}

/** What was said of a printer, as far as it still holds. */
export interface Facts {
  readonly state: StateFacts;
  readonly job: JobFacts | undefined;
  readonly temperatures: Readonly<Record<string, TemperatureFacts>>;
  readonly z: number | null;
  readonly error: string | undefined;
}

export const noState: StateFacts = { id: null, text: null };
export const noFacts: Facts = { state: noState, job: undefined, temperatures: {}, z: null, error: undefined };

/** Plugins may add sensors of any name; so many are kept. */
const mostSensors = 64;

export function phaseOfFacts({ state }: Facts): Phase | undefined {
  return phaseOf(state.id);
}

/** The connection from OctoPrint to the printer is not there, or not yet. */
export function isPrinterOffline(facts: Facts): boolean {
  const phase = phaseOfFacts(facts);
  return phase === "closed" || phase === "error" || phase === "connecting";
}

/** Time goes on while it stands paused, but no print does. */
export function isRunning(phase: Phase | undefined): boolean {
  return phase !== "paused" && phase !== "pausing";
}

export function withTemperature(facts: Facts, name: string, message: unknown): Facts {
  const { [name]: _, ...others } = facts.temperatures;
  if (message === null) return { ...facts, temperatures: others };
  if (!isRecord(message) || Object.keys(others).length >= mostSensors) return facts;
  // `temperature` is what the HomeAssistant plugin says of the computer (`soc`).
  const actual = numberOf(message.actual) ?? numberOf(message.temperature) ?? null;
  const temperature = { actual, target: numberOf(message.target) ?? null };
  return { ...facts, temperatures: { ...facts.temperatures, [name]: temperature } };
}

/** Begins a job. @param now our clock, ms since the epoch */
export function withJob(facts: Facts, file: PrintFile, now: number, startSeen: boolean): Facts {
  const time = startTime(now, startSeen, isRunning(phaseOfFacts(facts)));
  return { ...facts, job: { file, progress: startSeen ? 0 : null, time } };
}

/** Takes a progress into the job that is there. */
export function withProgress(facts: Facts, { file, progress }: ObservedProgress, live: boolean, now: number): Facts {
  const { job } = facts;
  if (job === undefined) return facts;
  const time = live && progress !== null ? moved(job.time, progress, now) : job.time;
  return { ...facts, job: { file: job.file.path === "" ? file : job.file, progress, time } };
}

/**
 * Takes OctoPrint's current data: `printer_data`, or what is on `hass/printing`.
 *
 * @param age how long ago it was said, ms
 */
export function withData(facts: Facts, data: Readonly<Record<string, unknown>>, now: number, age: number): Facts {
  const progress = isRecord(data.progress) ? data.progress : {};
  const state = isRecord(data.state) ? data.state : {};
  const { job } = facts;
  const time = job && told(job.time, numberOf(progress.printTime), numberOf(progress.printTimeLeft), now, age);
  return {
    ...facts,
    job: job && time && { ...job, time },
    z: numberOf(data.currentZ) ?? facts.z,
    error: textOf(state.error) || facts.error,
  };
}

/** The state that the data tells; it has no `state_id`, so that follows from the flags. */
export function stateOfData(data: Readonly<Record<string, unknown>>): StateFacts {
  const state = isRecord(data.state) ? data.state : {};
  const flags = isRecord(state.flags) ? state.flags : {};
  const found = flagIds.find(([flag]) => flags[flag] === true);
  const text = textOf(state.text);
  return found === undefined || text === "" ? noState : { id: found[1], text };
}

/** In this order: while it is cancelling or pausing, `printing` may be true as well. */
const flagIds: readonly (readonly [flag: string, id: string])[] = [
  ["cancelling", "CANCELLING"],
  ["finishing", "FINISHING"],
  ["pausing", "PAUSING"],
  ["paused", "PAUSED"],
  ["resuming", "RESUMING"],
  ["printing", "PRINTING"],
  ["error", "ERROR"],
  ["closedOrError", "OFFLINE"],
  ["operational", "OPERATIONAL"],
];

/** The file that the data is about. */
export function fileOfData(data: Readonly<Record<string, unknown>>): PrintFile {
  const file = isRecord(data.job) && isRecord(data.job.file) ? data.job.file : {};
  return { path: textOf(file.path), name: textOf(file.name), location: textOf(file.origin) };
}

/** Lets the job's clock run or stand, as the state has it. @param now our clock, ms since the epoch */
export function withRunning(facts: Facts, now: number): Facts {
  const { job } = facts;
  const running = isRunning(phaseOfFacts(facts));
  return job === undefined ? facts : { ...facts, job: { ...job, time: setRunning(job.time, running, now) } };
}

/** The state of a printer of which only the progress is heard: more than none and not yet all means that it prints. */
export function isMidway({ progress }: ObservedProgress): boolean {
  return progress !== null && progress > 0 && progress < 100;
}
