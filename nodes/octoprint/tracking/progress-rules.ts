import { saysNoJob, takeData } from "./data-rules.ts";
import { isSure } from "./endings.ts";
import { twoLooks } from "./job-book.ts";
import type { Ending } from "./job-report.ts";
import {
  isJobPhase,
  isMidway,
  isReset,
  isRunning,
  momentOf,
  noFile,
  type Observation,
  type ObservedProgress,
  type PrintFile,
} from "./observation.ts";
import type { OpenJob } from "./open-job.ts";
import { aftermath, type PrinterFacts } from "./printer-facts.ts";

/** Takes a live `progress/printing`. */
export function takeProgress(facts: PrinterFacts, heard: ObservedProgress, input: Observation): void {
  if (isReset(heard)) takeReset(facts, input);
  else takeOfFile(facts, heard, input);
  if (heard.data !== undefined) takeData(facts, heard.data, input, heard.progress === 100);
  remember(facts, heard);
}

function remember(facts: PrinterFacts, { file, progress }: ObservedProgress): void {
  if (file.path === "") return;
  facts.selected = file;
  facts.progressPath = file.path;
  facts.progressIsZero = progress === 0;
}

/** No file any more: OctoPrint was started again, or let go of the file. */
function takeReset(facts: PrinterFacts, input: Observation): void {
  const { jobs } = facts;
  if (jobs.isClash) return;
  const { job } = jobs;
  // 0.8.0 to 0.8.13 send it with FileDeselected too, between an error and its PrintFailed.
  if (job) jobs.settle({ outcome: "failed", reason: "interrupted", at: job.heard }, input.arrived);
  facts.selected = noFile;
  facts.forgetJobState();
}

function takeOfFile(facts: PrinterFacts, heard: ObservedProgress, input: Observation): void {
  const { jobs } = facts;
  if (jobs.job && isOnlySelected(jobs.job, heard)) return;
  jobs.named(heard.file.path, input.arrived);
  if (jobs.job && !takePath(facts, jobs.job, heard, input)) jobs.leave(input.arrived);
  if (jobs.job) takeOfJob(facts, jobs.job, heard, input);
  if (jobs.job || !isFoundRunning(facts, heard, input)) return;
  facts.infer("PRINTING", "Printing", input);
  const job = facts.open("running", heard.file, heard.file.path !== "", input);
  job.moved(heard.progress, true, input);
}

/** Another file than the open job's is selected, and its own data says that it is not printed. */
function isOnlySelected(job: OpenJob, { file, data }: ObservedProgress): boolean {
  return saysNoJob(data) && !job.isUnder(file.path);
}

/**
 * Takes the path of a progress. Returns whether it is the job's: the newest message that names a file wins, but for the
 * path that the plugin keeps of what was printed or selected before.
 */
function takePath(facts: PrinterFacts, job: OpenJob, heard: ObservedProgress, input: Observation): boolean {
  const { file, progress } = heard;
  // The plugin keeps a path for the whole print: who says another one and its own is two.
  if (file.path === job.file.path) {
    job.alias = undefined;
    if ((progress ?? 0) > 0) job.ownPathSaid = true;
  }
  if (job.isUnder(file.path) || !job.fileSaid) return true;
  if (!job.mayBeFrozen(input) && !isRepeatedZero(facts, job, file)) return false;
  job.alias = file.path;
  return true;
}

/** The plugin does not say the same twice: where it had said 0 of the path that it keeps, it says nothing before 1. */
function isRepeatedZero({ progressPath, progressIsZero }: PrinterFacts, job: OpenJob, { path }: PrintFile): boolean {
  return progressIsZero && path === progressPath && job.known === "announced" && job.percent === undefined;
}

/**
 * More than nothing and not yet all is printed, and nothing says that it is not: OctoPrint's state, the data that comes
 * with it, an end, a transfer.
 */
function isFoundRunning(facts: PrinterFacts, heard: ObservedProgress, input: Observation): boolean {
  if (!isMidway(heard) || facts.transferring || input.arrived - facts.transferredAt < aftermath) return false;
  return !isSaidOver(facts, heard) && !isLate(facts.jobs.last, heard.file.path, input.arrived);
}

/** OctoPrint's state, or the data that comes with the progress, has no job. */
function isSaidOver(facts: PrinterFacts, { data }: ObservedProgress): boolean {
  return facts.isAnnouncedOver || saysNoJob(data);
}

/** What was printed has just ended, and not by a guess: the plugin's last look may come after it. */
export function isLate(last: PrinterFacts["jobs"]["last"], path: string, now: number): boolean {
  return last?.sure === true && (path === "" || last.path === path) && now - last.at.arrived < aftermath;
}

function takeOfJob(facts: PrinterFacts, job: OpenJob, heard: ObservedProgress, input: Observation): void {
  const { jobs } = facts;
  const { progress } = heard;
  const fellToZero = progress === 0 && (job.percent ?? 0) > 0 && heard.file.path !== "";
  if (job.ending) {
    if (!isRevoked(job.ending, progress) || isSaidOver(facts, heard)) return;
    job.ending = undefined;
  } else if (fellToZero && job.doubt) return jobs.closeUnknown(job);
  else if (fellToZero && !facts.state.announced) {
    // Cancelled or failed, where no event says so.
    return jobs.settle({ outcome: "unknown", at: momentOf(input) }, input.arrived, twoLooks);
  }
  // A size that is not known, or all of it, says nothing of a job that may be over.
  const mayBeOver = job.doubt !== undefined || job.known === "stored";
  const goesOn = !mayBeOver || (progress !== null && progress < 100 && !isSaidOver(facts, heard));
  if (goesOn) job.goesOn();
  job.named(heard.file);
  if (isMidway(heard)) jobs.begin(job, input);
  jobs.tellStart(job);
  job.live(input);
  job.moved(progress, true, input);
  const isEndSaid = facts.state.announced || (job.known === "announced" && !mayBeOver);
  if (progress === 100 && !isEndSaid && isRunning(job.phase)) job.expectEnd(input.arrived);
  if (goesOn && isMidway(heard) && !isJobPhase(facts.state.phase)) facts.infer("PRINTING", "Printing", input);
}

/** It was only concluded that it is over, and it moves. */
function isRevoked(ending: Ending, progress: number | null): boolean {
  return !isSure(ending) && (progress ?? 0) > 0;
}

/** Takes what the broker had stored of the progress. */
export function takeStoredProgress(facts: PrinterFacts, heard: ObservedProgress, input: Observation): void {
  const { jobs } = facts;
  const { job } = jobs;
  if (job === undefined) {
    if (isStoredRunning(facts, heard, input)) {
      const found = facts.open("stored", heard.file, heard.file.path !== "", input);
      found.moved(heard.progress, false, input);
      takeStoredData(facts, heard, input);
    }
  } else if (job.doubt === "deaf" && job.ending === undefined && isNews(facts, job, input)) {
    if (isOver(facts, job, heard, input)) {
      jobs.closeUnknown(job);
      facts.forgetJobState();
    } else {
      job.named(heard.file);
      job.moved(heard.progress, false, input);
      takeStoredData(facts, heard, input);
    }
  }
  remember(facts, heard);
}

function takeStoredData(facts: PrinterFacts, { data, progress }: ObservedProgress, input: Observation): void {
  if (data !== undefined) takeData(facts, data, input, progress === 100);
}

/** 0 and 100 stay stored when a job is over; so does the rest where something stored, or a state, is newer. */
function isStoredRunning({ state, jobs }: PrinterFacts, heard: ObservedProgress, input: Observation): boolean {
  const { timestamp } = input;
  if (!isMidway(heard) || (timestamp !== undefined && timestamp <= jobs.overAt)) return false;
  if (state.phase === undefined || isJobPhase(state.phase)) return true;
  return !state.announced && timestamp !== undefined && state.own !== undefined && timestamp > state.own;
}

/** It was said while we were away, not before; where nobody says when, only a change tells. */
function isNews(facts: PrinterFacts, job: OpenJob, { timestamp }: Observation): boolean {
  const start = job.start?.own;
  if (timestamp === undefined || (start === undefined && job.progressAt === undefined)) {
    return job.percent !== undefined || (facts.progressPath !== "" && job.isUnder(facts.progressPath));
  }
  return timestamp > Math.max(start ?? Number.NEGATIVE_INFINITY, job.progressAt ?? Number.NEGATIVE_INFINITY);
}

/** True where a stored progress shows that the job is not going on any more. One that never left 0 may still be at 0. */
function isOver(facts: PrinterFacts, job: OpenJob, heard: ObservedProgress, input: Observation): boolean {
  if (heard.file.path === "") return isReset(heard);
  if (!takePath(facts, job, heard, input) || saysNoJob(heard.data)) return true;
  return heard.progress === 0 && (job.percent ?? 0) > 0;
}
