import type { Ending } from "./job-report.ts";
import type { Moment, Phase } from "./observation.ts";
import type { OpenJob } from "./open-job.ts";

/** A print that took less than this, ms, may be the same event again. */
const shortestPrint = 2_000;
/** OctoPrint's own time of a print and the time between two ends may differ by this much, ms. */
const slack = 1_000;

/** The last job that ended: what still comes of it, as PrintFailed after PrintCancelled, is no second end. */
export interface LastJob {
  readonly path: string;
  readonly at: Moment;
  /** An event or a state ended it; else it was only concluded, and the next progress may say otherwise. */
  readonly sure: boolean;
}

/** An end of a file is another word of the job that ended last. */
export function isWordOf(last: LastJob | undefined, { outcome, at, printTime }: Ending, path: string): boolean {
  if (last === undefined || (path !== "" && path !== last.path)) return false;
  // Where PrintStarted does not come, only its time tells that PrintDone is of another print of the same file.
  const since = at.arrived - last.at.arrived;
  const took = outcome === "done" ? (printTime ?? 0) * 1000 : 0;
  return took < shortestPrint || since < took - slack;
}

/** An event or a state said that it is over; a reset, or a silence, leaves room for another word. */
export function isSure({ outcome, reason }: Ending): boolean {
  return outcome !== "unknown" && reason !== "interrupted";
}

/** How a job that another one took the place of must have ended. */
export function outcomeOfPhase(phase: Phase): Ending["outcome"] {
  if (phase === "finishing") return "done";
  return phase === "cancelling" ? "cancelled" : "unknown";
}

/** A job that never began, or that only the broker's store knew, was told to nobody. */
export function isUntold({ known }: OpenJob, { said }: Ending): boolean {
  return !said && (known === "coming" || known === "stored");
}

/** What only a silence tells says nothing where we were not there to hear. */
export function doubted(ending: Ending, { isAnyEnd }: OpenJob): Ending {
  return isAnyEnd && ending.reason === "interrupted" ? { outcome: "unknown", at: ending.at, vague: true } : ending;
}

/** How much an ending says that waits for a better one: what says more wins. */
function rankOf({ outcome, reason, said }: Ending): number {
  if (outcome === "unknown") return 1;
  if (outcome !== "failed") return 5;
  if (said || reason === "error") return 4;
  return reason === "disconnected" ? 3 : 2;
}

/** Which of two endings of one job counts, with what only the other one says. */
export function better(before: Ending, next: Ending): Ending {
  const [winner, loser] =
    rankOf(next) > rankOf(before) || (next.said && !before.said) ? [next, before] : [before, next];
  return { ...winner, printTime: winner.printTime ?? loser.printTime, progress: winner.progress ?? loser.progress };
}

/** Why it ended, from all that was said. */
export function reasoned(ending: Ending, job?: OpenJob): Ending {
  const error = ending.error || job?.error;
  if (ending.outcome === "cancelled") return { ...ending, error };
  if (ending.outcome !== "failed") return ending;
  if (error) return { ...ending, error, reason: "error" };
  if (ending.reason) return ending;
  // PrintFailed without words: before 1.3.10 of a cancelled job too; else the printer was disconnected by the user.
  if (job?.phase === "cancelling") return { ...ending, outcome: "cancelled" };
  return { ...ending, reason: job?.sawError ? "error" : "disconnected" };
}
