import { type Ending, endOf, type JobReport, type JobStep, stepOf } from "./job-report.ts";
import {
  type Moment,
  momentOf,
  noFile,
  type Observation,
  type ObservedProgress,
  type Phase,
  type PrintFile,
} from "./observation.ts";

/** What is remembered of one printer's job; the caller keeps one for each `{printer}`. */
export interface JobState {
  readonly job: OpenJob | undefined;
  /** The last that ended: what still comes of it, as PrintFailed after PrintCancelled, is no second end. */
  readonly last: { readonly path: string; readonly at: number } | undefined;
  /** What was selected or in progress last, for a job whose PrintStarted does not come. */
  readonly file: PrintFile;
}

export interface OpenJob {
  readonly file: PrintFile;
  /** `coming` is between STARTING and PrintStarted; `running` was found in the middle; `announced` has a PrintStarted. */
  readonly known: "coming" | "running" | "announced";
  readonly start: Moment | undefined;
  /** Our clock, ms. */
  readonly openedAt: number;
  /** When it was last heard to go on. */
  readonly heard: Moment;
  /** Percent. */
  readonly progress: number | undefined;
  /** The path its progress comes under; not its own where two jobs were started within 5 s. */
  readonly progressPath: string | undefined;
  readonly phase: Phase;
  /** The words of an Error event. */
  readonly error: string;
  /** Our link was down since it was last heard: it may have ended meanwhile. */
  readonly doubt: boolean;
  /** It is over, but an event that says better how may follow until then (our clock, ms). */
  readonly ending: (Ending & { readonly until: number }) | undefined;
}

/** What one rule makes of a state. */
export interface Next {
  readonly state: JobState;
  readonly reports: readonly JobReport[];
}

/** How long an event may take after the state that announces it, ms; OctoPrint 1.11 has none for an error in a pause. */
export const patience = 2_000;
export const noJob: JobState = { job: undefined, last: undefined, file: noFile };

export function silent(state: JobState, job?: OpenJob): Next {
  return { state: job === undefined ? state : { ...state, job }, reports: [] };
}

export function after(first: Next, rule: (state: JobState) => Next): Next {
  const second = rule(first.state);
  return { state: second.state, reports: [...first.reports, ...second.reports] };
}

export function open(state: JobState, known: OpenJob["known"], input: Observation, progress?: ObservedProgress): Next {
  const at = momentOf(input);
  const job: OpenJob = {
    file: state.file,
    known,
    start: known === "running" ? undefined : at,
    openedAt: input.arrived,
    heard: at,
    progress: progress?.progress ?? undefined,
    progressPath: progress?.file.path,
    phase: "printing",
    error: "",
    doubt: false,
    ending: undefined,
  };
  return { state: { ...state, job, last: undefined }, reports: [] };
}

/** Another job shows that this one ended without a word. */
export function overtaken(state: JobState, job: OpenJob, { arrived }: Observation): Next {
  if (job.ending) return close(state, job.ending, arrived);
  return close(state, { outcome: "failed", reason: "interrupted", at: job.heard }, arrived);
}

export function report({ job }: JobState, outcome: JobStep["outcome"], input: Observation): JobReport[] {
  return job === undefined ? [] : [stepOf(job, outcome, momentOf(input))];
}

/** Waits for an event that says better how the job ended. */
export function ending(state: JobState, end: Ending, now: number): Next {
  const { job } = state;
  if (job === undefined) return silent(state);
  const until = job.ending?.until ?? now + patience;
  // An empty path also comes when a file is let go of; why it was let go of says more.
  const better = job.ending?.reason === "interrupted" && (end.reason === "error" || end.reason === "disconnected");
  return silent(state, { ...job, ending: job.ending && !better ? job.ending : { ...end, until } });
}

/** PrintDone, PrintCancelled or PrintFailed. */
export function ended(before: JobState, end: Ending, file: PrintFile, input: Observation): Next {
  const { job } = before;
  const other = job?.known === "announced" && file.path !== "" && file.path !== job.file.path;
  const closed = job && other ? overtaken(before, job, input) : silent(before);
  return after(closed, (state) => {
    if (state.job) {
      const known = file.path === "" ? state.job.file : file;
      return close({ ...state, job: { ...state.job, file: known, known: "announced" } }, end, input.arrived);
    }
    const again = state.last !== undefined && (file.path === "" || file.path === state.last.path);
    if (again) return silent(state);
    const reports = [endOf({ file, start: undefined, progress: undefined }, reasoned(end))];
    return { state: { ...state, last: { path: file.path, at: input.arrived } }, reports };
  });
}

export function close(state: JobState, end: Ending, now: number): Next {
  const { job } = state;
  if (job === undefined) return silent(state);
  const next = { ...state, job: undefined, last: { path: job.file.path, at: now } };
  // STARTING and nothing more: it never began, and nobody was told that it did.
  if (job.known === "coming") return silent(next);
  return { state: next, reports: [endOf(job, reasoned(doubted(end, job), job))] };
}

/** What only a silence tells says nothing where we were not there to hear. */
function doubted(end: Ending, { doubt }: OpenJob): Ending {
  return doubt && end.reason === "interrupted" ? { outcome: "unknown", at: end.at, vague: true } : end;
}

/** Why it ended, from all that was said. */
function reasoned(end: Ending, job?: OpenJob): Ending {
  const error = end.error || job?.error;
  if (end.outcome === "cancelled") return { ...end, error };
  if (end.outcome !== "failed") return end;
  if (error) return { ...end, error, reason: "error" };
  if (end.reason) return end;
  // PrintFailed without words: before 1.3.10 of a cancelled job too; else the printer was disconnected by the user.
  if (job?.phase === "cancelling") return { ...end, outcome: "cancelled" };
  return { ...end, reason: job?.ending?.reason === "error" ? "error" : "disconnected" };
}
