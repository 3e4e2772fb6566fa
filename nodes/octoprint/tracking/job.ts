import { type Ending, endingOf, errorOf, type JobReport } from "./job-report.ts";
import {
  after,
  close,
  ended,
  ending,
  type JobState,
  type Next,
  type OpenJob,
  open,
  overtaken,
  report,
  silent,
} from "./job-state.ts";
import {
  eventOf,
  fileOf,
  type Input,
  isJobPhase,
  isReset,
  type Link,
  momentOf,
  type Observation,
  type ObservedProgress,
  type Phase,
  type PrintFile,
  phaseOf,
  progressOf,
  showsOver,
  textOf,
} from "./observation.ts";

export interface JobResult {
  readonly state: JobState;
  /** What is to be sent, in this order. */
  readonly reports: readonly JobReport[];
  /** When `tickJob` is to be called, ms since the epoch, our clock; `undefined`: not before the next message. */
  readonly wakeAt: number | undefined;
}

/** PrintStarted this soon after STARTING or PRINTING, ms, is of the same job. */
const adoption = 10_000;
/** Progress this soon after an end, ms, is still of the job that ended: the plugin looks every 5 s. */
const aftermath = 10_000;

/**
 * Follows one printer's job. Messages of all kinds may be passed. What the broker had stored makes no report, except
 * after our own reconnect, where it can show that the job we knew of is over.
 *
 * @example
 * const { state, reports, wakeAt } = reduceJob(before, heard);
 * for (const report of reports) if (isEnd(report)) console.log(report.outcome, report.path, report.duration);
 */
export function reduceJob(before: JobState, input: Input): JobResult {
  const ticked = tickJob(before, input.arrived);
  const next = "connection" in input ? linked(ticked.state, input.connection) : heard(ticked.state, input);
  return result(next.state, [...ticked.reports, ...next.reports]);
}

/** Reports what has waited long enough. @param now our clock, ms since the epoch */
export function tickJob(state: JobState, now: number): JobResult {
  const ending = state.job?.ending;
  if (ending === undefined || now < ending.until) return result(state, []);
  const next = close(state, ending, now);
  return result(next.state, next.reports);
}

function result(state: JobState, reports: readonly JobReport[]): JobResult {
  return { state, reports, wakeAt: state.job?.ending?.until };
}

function linked(state: JobState, connection: Link["connection"]): Next {
  if (connection === "connected") return silent(state);
  // Whatever ends from here on may be another job, of the same file.
  return { state: { ...state, last: undefined, job: state.job && { ...state.job, doubt: true } }, reports: [] };
}

function heard(state: JobState, input: Observation): Next {
  const progress = progressOf(input);
  if (progress !== undefined) return input.retain ? stored(state, progress, input) : ran(state, progress, input);
  const fields = eventOf(input);
  if (fields !== undefined) return happened(state, fields, input);
  const { job } = state;
  // A temperature shows that OctoPrint was still there.
  if (job && !job.ending && input.channel.kind === "temperature" && !input.retain && input.message !== null) {
    return silent(state, { ...job, heard: momentOf(input) });
  }
  return silent(state);
}

/** What the broker had stored of the progress. */
function stored(before: JobState, progress: ObservedProgress, input: Observation): Next {
  const state = progress.file.path === "" ? before : { ...before, file: progress.file };
  const { job } = state;
  if (!job?.doubt || job.ending || !isSince(job, input)) return silent(state);
  if (isOver(job, progress))
    return close(state, { outcome: "unknown", at: momentOf(input), vague: true }, input.arrived);
  return progress.file.path === "" ? silent(state) : silent(state, { ...job, doubt: false, ...percentOf(progress) });
}

/** Stored before the job began it speaks of another one; where nobody says when, only a change tells. */
function isSince(job: OpenJob, { timestamp }: Observation): boolean {
  const start = job.start?.own;
  return timestamp === undefined || start === undefined ? job.progressPath !== undefined : timestamp > start;
}

function isOver(job: OpenJob, progress: ObservedProgress): boolean {
  return showsOver(job.progressPath ?? job.file.path, job.progress, progress);
}

function percentOf({ file, progress }: ObservedProgress): Pick<OpenJob, "progress" | "progressPath"> {
  return { progress: progress ?? undefined, progressPath: file.path };
}

/** A live progress. */
function ran(before: JobState, progress: ObservedProgress, input: Observation): Next {
  const state = progress.file.path === "" ? before : { ...before, file: progress.file };
  const { job } = state;
  const at = momentOf(input);
  if (job === undefined)
    return isMidway(state, progress, input) ? open(state, "running", input, progress) : silent(state);
  if (isReset(progress)) {
    // 0.8.0 to 0.8.13 send it with FileDeselected too, between an error and its PrintFailed.
    return ending(state, { outcome: "failed", reason: "interrupted", at: job.heard }, input.arrived);
  }
  if (job.doubt && isOver(job, progress)) {
    const closed = close(state, { outcome: "unknown", at, vague: true }, input.arrived);
    return after(closed, (rest) =>
      isMidway(rest, progress, input) ? open(rest, "running", input, progress) : silent(rest),
    );
  }
  if (progress.file.path === "")
    return silent(state, { ...job, progress: progress.progress ?? job.progress, heard: at });
  const goesOn = job.ending?.reason === "interrupted" && (progress.progress ?? 0) > 0;
  return silent(state, {
    ...job,
    ...percentOf(progress),
    file: job.file.path === "" ? progress.file : job.file,
    heard: job.ending ? job.heard : at,
    doubt: false,
    ending: goesOn ? undefined : job.ending,
  });
}

/** 0 and 100 come after an end as well. */
function isMidway({ last }: JobState, { file, progress }: ObservedProgress, { arrived }: Observation): boolean {
  const late = last !== undefined && last.path === file.path && arrived - last.at < aftermath;
  return progress !== null && progress > 0 && progress < 100 && !late;
}

function happened(state: JobState, fields: Readonly<Record<string, unknown>>, input: Observation): Next {
  const over = endingOf(input, fields);
  if (over !== undefined) return ended(state, over, fileOf(fields), input);
  const { job } = state;
  switch (input.channel.name) {
    case "FileSelected":
      return silent({ ...state, file: fileOf(fields) });
    case "PrintStarted":
      return started(state, fileOf(fields), input);
    case "PrintPaused":
      return entered(named(state, fields), "paused", input);
    case "PrintResumed":
      return entered(named(state, fields), "resuming", input);
    case "PrintCancelling":
      return job
        ? silent(state, { ...job, phase: "cancelling", error: textOf(fields.firmwareError) || job.error })
        : silent(state);
    case "PrinterStateChanged":
      return changed(state, phaseOf(fields.state_id), input);
    case "Disconnected":
      return changed(state, "closed", input);
    case "Error":
      return failed(state, fields, input);
    case "ZChange":
      return job && !job.ending ? silent(state, { ...job, heard: momentOf(input) }) : silent(state);
    default:
      return silent(state);
  }
}

/** The event's file, for a job that is only now found. */
function named(state: JobState, fields: Readonly<Record<string, unknown>>): JobState {
  const file = fileOf(fields);
  return file.path === "" ? state : { ...state, file };
}

function started(before: JobState, file: PrintFile, input: Observation): Next {
  const { job } = before;
  const closed = job === undefined || isSameStart(job, input) ? silent(before) : overtaken(before, job, input);
  return after(closed, (state) => {
    const opened = open({ ...state, file }, "announced", input).state;
    return { state: opened, reports: report(opened, "started", input) };
  });
}

/** Up to 1.3.9 PRINTING came before PrintStarted, since then STARTING does; 0.8.0 to 0.8.13 say 0 % in between. */
function isSameStart({ known, progress, openedAt }: OpenJob, { arrived }: Observation): boolean {
  return known === "coming" || (known === "running" && !progress && arrived - openedAt < adoption);
}

function changed(state: JobState, phase: Phase | undefined, input: Observation): Next {
  if (phase === undefined) return silent(state);
  if (isJobPhase(phase)) return entered(state, phase, input);
  const { job } = state;
  if (job === undefined) return silent(state);
  return ending(state, { ...outcomeOf(job, phase), at: momentOf(input) }, input.arrived);
}

/** What the states of OctoPrint tell where none of its events does. */
function outcomeOf({ phase, doubt }: OpenJob, next: Phase): Pick<Ending, "outcome" | "reason"> {
  if (phase === "finishing") return { outcome: "done" };
  if (phase === "cancelling") return { outcome: "cancelled" };
  if (next === "ready" || doubt) return { outcome: "unknown" };
  // Connecting without ever having been disconnected: OctoPrint was started again.
  if (next === "connecting") return { outcome: "failed", reason: "interrupted" };
  return { outcome: "failed", reason: next === "error" ? "error" : "disconnected" };
}

/** A job is going on: it began, was paused, or goes on after a pause. */
function entered(before: JobState, phase: Phase, input: Observation): Next {
  // PrintDone and PrintCancelled follow, or were already here.
  if (before.job === undefined && (phase === "finishing" || phase === "cancelling")) return silent(before);
  const found = before.job === undefined;
  const state = found ? open(before, phase === "starting" ? "coming" : "running", input).state : before;
  const { job } = state;
  if (job === undefined) return silent(state);
  const began = phase === "printing" && job.known === "coming";
  const paused = phase === "paused" && (found || job.phase !== "paused");
  const goesOn = phase === "printing" || phase === "resuming";
  const resumed = goesOn && (job.phase === "paused" || (found && phase === "resuming"));
  const next = {
    ...state,
    job: {
      ...job,
      phase: job.phase === "paused" && phase === "pausing" ? job.phase : phase,
      heard: phase === "starting" ? job.heard : momentOf(input),
      known: began ? "running" : job.known,
      ending: goesOn ? undefined : job.ending,
    } as const,
  };
  const outcome = began ? "started" : paused ? "paused" : resumed ? "resumed" : undefined;
  return { state: next, reports: outcome === undefined ? [] : report(next, outcome, input) };
}

function failed(state: JobState, fields: Readonly<Record<string, unknown>>, input: Observation): Next {
  const { job } = state;
  if (job === undefined) return silent(state);
  const next = { ...state, job: { ...job, error: errorOf(fields) || job.error } };
  // Since 1.10 OctoPrint says what it does about it; before, the state tells.
  const fatal = fields.consequence === "emergency" || fields.consequence === "disconnect";
  return fatal
    ? ending(next, { outcome: "failed", reason: "error", at: momentOf(input) }, input.arrived)
    : silent(next);
}
