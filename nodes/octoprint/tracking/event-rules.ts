import { isRecord } from "../messages/json.ts";
import type { JobBook } from "./job-book.ts";
import { type Ending, endingOf, errorOf } from "./job-report.ts";
import { fileOf, momentOf, numberOf, type Observation, type PrintFile, phaseOf, textOf } from "./observation.ts";
import type { OpenJob } from "./open-job.ts";
import { noState, type PrinterFacts } from "./printer-facts.ts";
import { takeJobPhase, takePhase } from "./state-rules.ts";

type Fields = Readonly<Record<string, unknown>>;

/** OctoPrint's own time of a job and ours may differ by this much, s. */
const slack = 5;
/** PRINTING came before PrintStarted up to OctoPrint 1.3.9, by no more than this, ms. */
const adoption = 10_000;

/** Takes a live event. */
export function takeEvent(facts: PrinterFacts, fields: Fields, input: Observation): void {
  const ending = endingOf(input, fields);
  if (ending !== undefined) return takeEnd(facts, ending, fields, input);
  const { job } = facts.jobs;
  switch (input.channel.name) {
    case "PrinterStateChanged":
      return takeState(facts, fields, input);
    case "PrintStarted":
      return takeStart(facts, fileOf(fields), input);
    case "PrintPaused":
    case "PrintResumed":
      return takePause(facts, input.channel.name === "PrintPaused", fields, input);
    case "PrintCancelling":
      if (job === undefined) return;
      job.phase = "cancelling";
      job.error = textOf(fields.firmwareError) || job.error;
      facts.infer("CANCELLING", "Cancelling", input);
      return;
    case "FileSelected":
      facts.selected = fileOf(fields);
      return;
    case "Connected":
      if (facts.infer("OPERATIONAL", "Operational", input)) facts.error = undefined;
      return;
    case "Disconnected":
      return takeDisconnected(facts, input);
    case "Error":
      return takeError(facts, fields, input);
    case "ZChange":
      facts.z = numberOf(fields.new) ?? null;
      if (job === undefined || job.ending) return;
      job.rises(fields.new, input.arrived);
      job.live(input);
      job.goesOn();
      return;
    case "TransferStarted":
      facts.transferring = true;
      return;
    case "TransferDone":
    case "TransferFailed":
      facts.transferring = false;
      facts.transferredAt = input.arrived;
      return;
    case "MetadataAnalysisFinished":
      facts.history.analysed(textOf(fields.path), fields.result);
      return;
  }
}

function takeState(facts: PrinterFacts, fields: Fields, input: Observation): void {
  const id = textOf(fields.state_id);
  facts.announce(id, textOf(fields.state_string) || id, input);
  takePhase(facts, facts.state.phase, input);
}

/** OctoPrint 1.2 has no PrinterStateChanged, later ones send it too. */
function takeDisconnected(facts: PrinterFacts, input: Observation): void {
  if (facts.isPrinterOffline) return takePhase(facts, "closed", input);
  facts.state = { id: "OFFLINE", text: "Offline", phase: "closed", announced: false, own: input.timestamp };
  takePhase(facts, "closed", input);
}

function takeError(facts: PrinterFacts, fields: Fields, input: Observation): void {
  const { jobs } = facts;
  const { job } = jobs;
  facts.error = errorOf(fields) || facts.error;
  if (job === undefined) return;
  job.error = errorOf(fields) || job.error;
  // Since 1.10 OctoPrint says what it does about it; before, the state tells.
  if (fields.consequence !== "emergency" && fields.consequence !== "disconnect") return;
  job.sawError = true;
  jobs.settle({ outcome: "failed", reason: "error", at: momentOf(input) }, input.arrived);
}

function takeStart(facts: PrinterFacts, file: PrintFile, input: Observation): void {
  const { jobs } = facts;
  facts.inferOfJob("PRINTING", "Printing", input);
  facts.error = undefined;
  facts.selected = file;
  jobs.named(file.path, input.arrived);
  if (jobs.job && isSameStart(jobs.job, file, input)) {
    if (jobs.job.known === "running" && jobs.job.start !== undefined) {
      jobs.job.announced(file);
      return jobs.tellStart(jobs.job);
    }
  } else jobs.leave(input.arrived);
  const job = facts.open("announced", file, file.path !== "", input);
  job.heated = facts.isHeating;
  jobs.step(job, "started", input);
}

/** Up to 1.3.9 PRINTING came before PrintStarted, since then STARTING does; 0.8.0 to 0.8.13 say 0 % in between. */
function isSameStart(job: OpenJob, { path }: PrintFile, { arrived }: Observation): boolean {
  if (job.ending) return false;
  if (job.known === "coming") return true;
  // A progress of 0.8.13 and before may overtake the event: after STARTING it is of the job that begins.
  const isFresh = !job.percent || (job.start !== undefined && job.isUnder(path));
  return job.known === "running" && isFresh && arrived - job.openedAt < adoption;
}

function takePause(facts: PrinterFacts, paused: boolean, fields: Fields, input: Observation): void {
  const { jobs } = facts;
  const file = fileOf(fields);
  if (file.path !== "") facts.selected = file;
  jobs.named(file.path, input.arrived);
  if (jobs.job && isOfAnother(jobs.job, file)) jobs.leave(input.arrived);
  const known = jobs.job;
  const job = known ?? facts.open("running", facts.selected, file.path !== "", input);
  job.corrected(file);
  jobs.tellStart(job);
  // What goes on was paused.
  if (known === undefined && !paused) job.phase = "paused";
  job.pausedAt(fields.progress);
  if (paused) facts.inferOfJob("PAUSED", "Paused", input);
  else facts.inferOfJob("PRINTING", "Printing", input);
  takeJobPhase(facts, paused ? "paused" : "resuming", input);
}

/** Nothing was missed of a job that was found running: the plugin has kept the path of another file for it. */
function isOfAnother(job: OpenJob, { path }: PrintFile): boolean {
  if (!job.fileSaid || job.isUnder(path)) return false;
  return job.ending !== undefined || job.known === "announced" || job.doubt === "away" || job.doubt === "deaf";
}

/** PrintDone, PrintCancelled or PrintFailed. */
export function takeEnd(facts: PrinterFacts, ending: Ending, fields: Fields, input: Observation): void {
  const { jobs } = facts;
  const file = fileOf(fields);
  if (!jobs.isOfNewest(file.path) && jobs.endOvertaken(ending, file.path)) return;
  jobs.named(file.path, input.arrived);
  const { job } = jobs;
  if (job && isOfEarlier(jobs, job, ending, file)) {
    jobs.endOvertaken(ending, file.path);
    return;
  }
  if (ending.outcome === "failed") facts.error = errorOf(fields) || facts.error;
  if (job && isEndOf(jobs, job, ending, file)) endJob(facts, job, ending, file, input);
  else endAnother(facts, ending, file, input);
}

/** Of a job that was found running an end may correct the file. */
function isEndOf(jobs: JobBook, { known, file }: OpenJob, ending: Ending, { path }: PrintFile): boolean {
  if (path === "" || file.path === "" || path === file.path) return true;
  return known !== "announced" && !jobs.isRepeated(ending, path);
}

/** PrintFailed of the same file's print before, which comes late: its time is longer than this job has been on. */
function isOfEarlier(
  jobs: JobBook,
  { start }: OpenJob,
  { outcome, printTime, at }: Ending,
  { path }: PrintFile,
): boolean {
  if (outcome === "done" || start === undefined || printTime === undefined || !jobs.isAnEarlier(path)) return false;
  const own = start.own === undefined || at.own === undefined ? Number.NEGATIVE_INFINITY : at.own - start.own;
  return Math.max(own, at.arrived - start.arrived) / 1000 + slack < printTime;
}

function endJob(facts: PrinterFacts, job: OpenJob, ending: Ending, file: PrintFile, input: Observation): void {
  const { jobs } = facts;
  if (file.path !== "") job.file = file;
  const wordless = ending.outcome === "failed" && !ending.error && !job.error && job.phase !== "cancelling";
  // PrintCancelled, or the words of an Error, may follow.
  if (wordless) jobs.settle(ending, input.arrived);
  else jobs.close(job, { ...ending, progress: ending.progress ?? job.ending?.progress });
  inferOver(facts, ending, input);
}

/** The end of a job that is not the open one. */
function endAnother(facts: PrinterFacts, ending: Ending, file: PrintFile, input: Observation): void {
  const { jobs } = facts;
  const { job } = jobs;
  // What still comes of the job before is no news.
  if ((job !== undefined && file.path === jobs.before) || jobs.isRepeated(ending, file.path)) return;
  if (job?.doubt) {
    jobs.closeUnknown(job);
    facts.forgetJobState();
  }
  jobs.end(ending, file);
  if (jobs.job === undefined) inferOver(facts, ending, input);
}

function inferOver(facts: PrinterFacts, { outcome }: Ending, input: Observation): void {
  if (outcome !== "failed") facts.infer("OPERATIONAL", "Operational", input);
  // What becomes of the printer after an error only a state tells.
  else if (!facts.state.announced && !facts.isPrinterOffline) facts.state = noState;
}

/** Takes an event that the broker had stored: it reports nothing, but it says what a stored progress does not. */
export function takeStoredEvent(facts: PrinterFacts, input: Observation): void {
  const { channel, message, timestamp } = input;
  if (timestamp === undefined || !isRecord(message) || !saysOver(channel.name, message)) return;
  facts.jobs.isOverBy(timestamp);
  const { job } = facts.jobs;
  if (job?.known === "stored" && job.progressAt !== undefined && job.progressAt <= timestamp) {
    facts.jobs.closeUnknown(job);
    facts.forgetJobState();
  }
}

function saysOver(name: string, message: Fields): boolean {
  switch (name) {
    case "PrintDone":
    case "PrintFailed":
    case "PrintCancelled":
    case "Disconnected":
      return true;
    case "PrinterStateChanged":
      return overPhases.has(phaseOf(textOf(message.state_id)) ?? "");
    default:
      return false;
  }
}

const overPhases: ReadonlySet<string> = new Set(["ready", "connecting", "closed", "error"]);
