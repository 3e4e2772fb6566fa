import type { Problem } from "../mqtt/problem.ts";
import type { JobResult } from "../octoprint/tracking/job.ts";
import type { JobReport } from "../octoprint/tracking/job-report.ts";
import type { JobState } from "../octoprint/tracking/job-state.ts";
import {
  type PrinterResult,
  type PrinterSnapshot,
  type PrinterState,
  snapshotOf,
} from "../octoprint/tracking/printer-state.ts";
import type { Hint } from "./base-topic-hint.ts";
import type { Tracker } from "./tracker.ts";

export type JobTracker = Tracker<JobState, JobResult>;
export type StateTracker = Tracker<PrinterState, PrinterResult>;

/** What one message, a change of the connection, or the passing of time made new. */
export interface News {
  /** The fields of the snapshot that are new: `"state"`, `"job.progress"`, `"temperatures.bed"`. */
  readonly changed: readonly string[];
  /** Jobs that started, paused, went on or ended, in this order. */
  readonly reports: readonly JobReport[];
}

export interface PrinterFollower {
  /** @param printer the name by which a msg speaks of it */
  follow(printer: string, news: News): void;
  /** The broker does not let us read a filter. */
  refused(problem: Problem): void;
  /** Why nothing may be coming; `undefined`: something comes. */
  showHint(hint: Hint | undefined): void;
}

/** What is known of each printer of a printer node, and a call at each change. It listens while somebody follows. */
export interface PrinterTracking {
  /** The names of the printers heard of. */
  known(): Iterable<string>;
  /** How a printer is now; `undefined` where it was never heard of. */
  snapshot(printer: string): PrinterSnapshot | undefined;
  /** Returns a function that stops following. */
  follow(follower: PrinterFollower): () => void;
}

/** Offers jobs and states as one. */
export function trackingOf(jobs: JobTracker, states: StateTracker): PrinterTracking {
  return {
    *known() {
      for (const [printer] of states.known()) yield printer;
    },
    snapshot(printer) {
      const state = states.stateOf(printer);
      return state && snapshotOf(state, printer, Date.now());
    },
    follow(follower) {
      const stopJobs = jobs.follow({
        follow: (printer, { reports }) => follower.follow(printer, { changed: [], reports }),
        refused: () => undefined,
        showHint: () => undefined,
      });
      const stopStates = states.follow({
        follow: (printer, { changed }) => follower.follow(printer, { changed, reports: [] }),
        refused: (problem) => follower.refused(problem),
        showHint: (hint) => follower.showHint(hint),
      });
      return () => {
        stopJobs();
        stopStates();
      };
    },
  };
}
