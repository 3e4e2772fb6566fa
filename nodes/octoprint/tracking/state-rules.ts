import type { Ending, JobStep } from "./job-report.ts";
import { isJobPhase, isRunning, type JobPhase, momentOf, type Observation, type Phase } from "./observation.ts";
import type { OpenJob } from "./open-job.ts";
import type { PrinterFacts } from "./printer-facts.ts";

/** What follows from a state that OctoPrint is in now. */
export function takePhase(facts: PrinterFacts, phase: Phase | undefined, input: Observation): void {
  if (phase === undefined) return;
  if (phase === "transfer") facts.transferring = true;
  if (phase === "ready") {
    if (facts.transferring) facts.transferredAt = input.arrived;
    facts.transferring = false;
    facts.error = undefined;
  }
  if (facts.isPrinterOffline) {
    facts.clearTemperatures();
    facts.z = null;
    // The error that closed the connection holds until it is opened again.
    if (phase === "connecting") facts.error = undefined;
  }
  if (isJobPhase(phase)) takeJobPhase(facts, phase, input);
  else leaveJobPhase(facts, phase, input);
}

function leaveJobPhase({ jobs }: PrinterFacts, phase: Phase, input: Observation): void {
  const { job } = jobs;
  if (job === undefined) return;
  if (phase === "error") job.sawError = true;
  jobs.settle(endingBefore(phase, job, input), input.arrived);
}

/** How a job ended before this phase: what the states of OctoPrint tell where none of its events does. */
export function endingBefore(next: Phase, job: OpenJob, input: Observation): Ending {
  const at = momentOf(input);
  if (job.phase === "finishing") return { outcome: "done", at };
  if (job.phase === "cancelling") return { outcome: "cancelled", at };
  if (next === "ready" || next === "transfer") return { outcome: "unknown", at };
  // The phase after its end was missed.
  if (job.isAnyEnd) return { outcome: "unknown", at: job.heard, vague: true };
  // Connecting without ever having been disconnected: OctoPrint was started again.
  if (next === "connecting") return { outcome: "failed", reason: "interrupted", at };
  if (next === "error") return { outcome: "failed", reason: "error", at };
  return job.doubt === "away" ? { outcome: "unknown", at } : { outcome: "failed", reason: "disconnected", at };
}

/** A job is on: it began, was paused, or goes on after a pause. */
export function takeJobPhase(facts: PrinterFacts, phase: JobPhase, input: Observation): void {
  const { jobs } = facts;
  if (jobs.job && isOfNext(jobs.job, phase)) jobs.leave(input.arrived);
  const found = jobs.job === undefined;
  // PrintDone and PrintCancelled follow, or were already here.
  if (found && (phase === "finishing" || phase === "cancelling")) return;
  const job = jobs.job ?? facts.open(phase === "starting" ? "coming" : "running", facts.selected, false, input);
  const step = stepTo(job, phase, found);
  if (job.phase !== "paused" || phase !== "pausing") job.phase = phase;
  job.live(input);
  job.goesOn();
  if (isOnTheMove(phase)) job.ending = undefined;
  job.clock.run(isRunning(phase), input.arrived);
  // What is over is neither paused nor goes on.
  if (job.ending !== undefined) return;
  if (phase !== "starting" && phase !== "cancelling") jobs.begin(job, input);
  if (step !== undefined) jobs.step(job, step, input);
}

/** The phase shows that the open job is over and another one begins. */
function isOfNext({ ending, doubt, known }: OpenJob, phase: JobPhase): boolean {
  if (phase === "starting") return ending !== undefined || doubt !== undefined || known === "stored";
  return ending?.said === true;
}

function isOnTheMove(phase: Phase): boolean {
  return phase === "printing" || phase === "resuming";
}

/** What is to be told of a phase that begins. */
function stepTo(job: OpenJob, phase: Phase, found: boolean): JobStep["outcome"] | undefined {
  if (phase === "paused") return found || job.phase !== "paused" ? "paused" : undefined;
  if (!isOnTheMove(phase)) return undefined;
  return job.phase === "paused" || (found && phase === "resuming") ? "resumed" : undefined;
}
