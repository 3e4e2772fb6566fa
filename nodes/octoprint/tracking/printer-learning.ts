import { isRecord } from "../messages/json.ts";
import { hassPrinting } from "./availability.ts";
import { errorOf } from "./job-report.ts";
import {
  eventOf,
  fileOf,
  isJobPhase,
  isReset,
  numberOf,
  type Observation,
  type ObservedProgress,
  type PrintFile,
  phaseOf,
  progressOf,
  showsOver,
  textOf,
} from "./observation.ts";
import {
  type Facts,
  fileOfData,
  isMidway,
  isPrinterOffline,
  noState,
  phaseOfFacts,
  stateOfData,
  withData,
  withJob,
  withProgress,
  withRunning,
  withTemperature,
} from "./printer-facts.ts";

/** What messages taught us of a printer. */
export interface Known {
  readonly facts: Facts;
  /** What held before OctoPrint went away. */
  readonly parked: Facts | undefined;
  /** Our own link was down since: what the broker has stored may be news. */
  readonly doubt: boolean;
  /** The file selected last, for a job that nobody has named yet. */
  readonly selected: PrintFile;
}

/** Takes one message of an OctoPrint that is there. */
export function learned(known: Known, input: Observation): Known {
  const progress = progressOf(input);
  if (progress !== undefined) return input.retain ? stored(known, progress, input) : ran(known, progress, input);
  const fields = eventOf(input);
  if (fields !== undefined) return happened(known, input.channel.name, fields, input.arrived);
  const { kind, name } = input.channel;
  if (kind === "temperature") {
    // A stored one is of the time when the printer was there.
    const past = input.retain && isPrinterOffline(known.facts);
    return past ? known : { ...known, facts: withTemperature(known.facts, name, input.message) };
  }
  if (kind === "other" && name === hassPrinting && isRecord(input.message))
    return printing(known, input.message, input);
  return known;
}

/** How long ago it was said, ms; a live message was said now. */
function ageOf({ retain, timestamp, arrived }: Observation): number {
  return retain && timestamp !== undefined ? Math.max(0, arrived - timestamp) : 0;
}

function stored(known: Known, progress: ObservedProgress, input: Observation): Known {
  const { facts, doubt } = known;
  if (facts.job === undefined) {
    // 0 and 100 stay stored when the job is over.
    const open = isMidway(progress) && mayPrint(facts);
    return open
      ? shown({ ...known, facts: withJob(facts, progress.file, input.arrived, false) }, progress, input)
      : known;
  }
  if (!doubt) return known;
  if (showsOver(facts.job.file.path, facts.job.progress, progress)) return { ...known, facts: withoutJob(facts) };
  return shown({ ...known, doubt: false }, progress, input);
}

/** False where a state says that nothing is being printed. */
function mayPrint(facts: Facts): boolean {
  const phase = phaseOfFacts(facts);
  return phase === undefined || isJobPhase(phase);
}

function withoutJob(facts: Facts): Facts {
  const printed = isJobPhase(phaseOfFacts(facts));
  return { ...facts, job: undefined, state: printed ? noState : facts.state };
}

/** Takes a progress and what comes with it. */
function shown(known: Known, progress: ObservedProgress, input: Observation): Known {
  const { data } = progress;
  const facts = withProgress(known.facts, progress, !input.retain, input.arrived);
  if (data === undefined) return { ...known, facts };
  // At 100 % it still says "Printing" when it is over (#107).
  const told = facts.state.id === null && progress.progress !== 100 ? { ...facts, state: stateOfData(data) } : facts;
  return { ...known, facts: withRunning(withData(told, data, input.arrived, ageOf(input)), input.arrived) };
}

function ran(before: Known, progress: ObservedProgress, input: Observation): Known {
  if (isReset(progress)) {
    const known = { ...before, facts: withoutJob(before.facts), parked: undefined, doubt: false };
    return shown(known, progress, input);
  }
  const known = recalled(before, progress);
  const { facts } = known;
  if (facts.job !== undefined) {
    const over = known.doubt && showsOver(facts.job.file.path, facts.job.progress, progress);
    return over
      ? ran({ ...known, facts: withoutJob(facts), doubt: false }, progress, input)
      : shown({ ...known, doubt: false }, progress, input);
  }
  const printing = isJobPhase(phaseOfFacts(facts)) || (isMidway(progress) && mayPrint(facts));
  if (!printing) return shown({ ...known, doubt: false }, progress, input);
  const opened = shown({ ...known, facts: withJob(facts, progress.file, input.arrived, false) }, progress, input);
  const state = opened.facts.state.id === null ? { id: "PRINTING", text: "Printing" } : opened.facts.state;
  return { ...opened, doubt: false, facts: { ...opened.facts, state } };
}

/** The job that was going on before OctoPrint went away goes on: OctoPrint was not started again. */
function recalled(known: Known, progress: ObservedProgress): Known {
  const { facts, parked } = known;
  if (facts.job !== undefined || parked?.job === undefined || !isMidway(progress)) return known;
  if (parked.job.file.path !== progress.file.path) return { ...known, parked: undefined };
  return { ...known, parked: undefined, facts: { ...facts, job: parked.job } };
}

/** `hass/printing`, which is sent all the time, also when nothing is printed. */
function printing(known: Known, data: Readonly<Record<string, unknown>>, input: Observation): Known {
  const { facts } = known;
  const told = facts.state.id === null && !input.retain ? { ...facts, state: stateOfData(data) } : facts;
  const begins = told.job === undefined && !input.retain && isJobPhase(phaseOfFacts(told));
  const opened = begins ? withJob(told, fileOfData(data), input.arrived, false) : told;
  return { ...known, facts: withData(opened, data, input.arrived, ageOf(input)) };
}

function happened(known: Known, name: string, fields: Readonly<Record<string, unknown>>, now: number): Known {
  const { facts } = known;
  switch (name) {
    case "PrinterStateChanged":
      return { ...known, facts: changed(known, textOf(fields.state_id), textOf(fields.state_string), now) };
    case "FileSelected":
      return { ...known, selected: fileOf(fields) };
    case "PrintStarted":
      return { ...known, doubt: false, facts: { ...withJob(facts, fileOf(fields), now, true), error: undefined } };
    case "PrintPaused":
      return { ...known, facts: withRunning(going(facts, "PAUSED", "Paused", fields, now), now) };
    case "PrintResumed":
      return { ...known, facts: withRunning(going(facts, "PRINTING", "Printing", fields, now), now) };
    case "PrintDone":
    case "PrintCancelled":
      return { ...known, facts: { ...facts, job: undefined } };
    case "PrintFailed":
      return { ...known, facts: { ...facts, job: undefined, error: errorOf(fields) || facts.error } };
    case "Error":
      return { ...known, facts: { ...facts, error: errorOf(fields) || facts.error } };
    case "ZChange":
      return { ...known, facts: { ...facts, z: numberOf(fields.new) ?? null } };
    default:
      return known;
  }
}

/** A job that is only now found; the state only where PrinterStateChanged does not come (its class can be off). */
function going(facts: Facts, id: string, text: string, fields: Readonly<Record<string, unknown>>, now: number): Facts {
  const found = facts.job === undefined ? withJob(facts, fileOf(fields), now, false) : facts;
  return found.state.id === null ? { ...found, state: { id, text } } : found;
}

function changed({ facts, selected }: Known, id: string, text: string, now: number): Facts {
  const next: Facts = { ...facts, state: { id, text: text || id } };
  const phase = phaseOf(id);
  if (phase === undefined) return next;
  if (phase === "ready") return { ...next, job: undefined, error: undefined };
  if (isPrinterOffline(next)) return { ...next, job: undefined, temperatures: {}, z: null, error: lasting(facts, id) };
  if (next.job === undefined && phase !== "finishing" && phase !== "cancelling") {
    return withJob(next, selected, now, phase === "starting");
  }
  return withRunning(next, now);
}

/** The error that closed the connection holds until it is opened again. */
function lasting({ error }: Facts, id: string): string | undefined {
  return phaseOf(id) === "connecting" ? undefined : error;
}
