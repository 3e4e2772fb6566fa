import { isRecord } from "../messages/json.ts";
import {
  fileOfData,
  isJobPhase,
  type JobPhase,
  numberOf,
  type Observation,
  type PrintFile,
  textOf,
} from "./observation.ts";
import { aftermath, longAgo, type PrinterFacts } from "./printer-facts.ts";
import { endingBefore } from "./state-rules.ts";

type Data = Readonly<Record<string, unknown>>;

/**
 * Takes OctoPrint's current data: `printer_data`, or what is on `hass/printing`.
 *
 * @param all 100 % are printed: it still says "Printing" then when it is over (#107)
 */
export function takeData(facts: PrinterFacts, data: Data, input: Observation, all: boolean): void {
  const age = facts.clock.ageOf(input);
  takeState(facts, data, input, all);
  const { job } = facts.jobs;
  const progress = recordOf(data.progress);
  if (job && job.ending === undefined) {
    job.clock.tell(numberOf(progress.printTime), numberOf(progress.printTimeLeft), input.arrived, age, input.timestamp);
  }
  facts.z = numberOf(data.currentZ) ?? facts.z;
  facts.error = textOf(recordOf(data.state).error) || facts.error;
}

/** Takes `hass/printing`, which is sent all the time, also when nothing is printed. */
export function takeHassPrinting(facts: PrinterFacts, data: Data, input: Observation): void {
  if (input.retain && isLongAgo(facts, input)) return;
  takeData(facts, data, input, numberOf(recordOf(data.progress).completion) === 100);
}

/** True if the message was stored too long ago to count. If only a clock is wrong, a live message soon corrects it. */
export function isLongAgo({ clock }: PrinterFacts, input: Observation): boolean {
  const { arrived, timestamp = arrived } = input;
  return clock.ageOf(input) > longAgo || (!clock.isSure && arrived - timestamp > longAgo);
}

/** True where the data's own state has no job. */
export function saysNoJob(data: Data | undefined): boolean {
  const found = data && stateOf(data);
  return found !== undefined && !jobIds.has(found.id);
}

function takeState(facts: PrinterFacts, data: Data, input: Observation, all: boolean): void {
  const { jobs } = facts;
  const found = stateOf(data);
  if (found === undefined) return;
  const before = facts.state;
  const isOn = jobIds.has(found.id);
  if (isOn && (all || hasJustEnded(facts, input))) return;
  // What the broker had stored says no more than nothing.
  if (input.retain && before.id !== null) return;
  if (!facts.infer(found.id, found.text, input)) return;
  const { phase } = facts.state;
  if (input.retain) {
    if (isJobPhase(phase)) jobs.job?.enter(phase, input.arrived);
    return;
  }
  if (facts.isPrinterOffline) facts.clearTemperatures();
  if (isJobPhase(phase)) takeJob(facts, phase, fileOfData(data), input);
  else if (jobs.job && phase !== undefined) {
    jobs.settle(endingBefore(phase, jobs.job, input), input.arrived);
  }
}

/** The data says live that a job is on: also of one whose end we may have missed. */
function takeJob(facts: PrinterFacts, phase: JobPhase, file: PrintFile, input: Observation): void {
  const { jobs } = facts;
  if (jobs.job?.doubt && jobs.job.fileSaid && !jobs.job.isUnder(file.path)) jobs.leave(input.arrived);
  const job = jobs.job ?? facts.open("running", file, file.path !== "", input);
  if (!job.fileSaid) job.named(file);
  jobs.tellStart(job);
  job.live(input);
  job.goesOn();
  job.enter(phase, input.arrived);
}

function hasJustEnded({ jobs: { job, last } }: PrinterFacts, { arrived }: Observation): boolean {
  if (job) return job.ending !== undefined;
  return last?.sure === true && arrived - last.at.arrived < aftermath;
}

/** The state that the data tells; it has no `state_id`, so that follows from the flags. */
function stateOf(data: Data): { readonly id: string; readonly text: string } | undefined {
  const state = recordOf(data.state);
  const flags = recordOf(state.flags);
  const found = flagIds.find(([flag]) => flags[flag] === true);
  const text = textOf(state.text);
  return found === undefined || text === "" ? undefined : { id: found[1], text };
}

/** In this order: while it is cancelling, pausing, or paused (2.0), `printing` may be true as well. */
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
const jobIds = new Set(["CANCELLING", "FINISHING", "PAUSING", "PAUSED", "RESUMING", "PRINTING"]);

function recordOf(value: unknown): Data {
  return isRecord(value) ? value : nothing;
}

const nothing: Data = {};
