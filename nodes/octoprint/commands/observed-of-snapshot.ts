import { noFile, phaseOf } from "../tracking/observation.ts";
import type { PrinterSnapshot } from "../tracking/printer-snapshot.ts";
import { nothingObserved, type Observed } from "./observed.ts";

/** What a command needs to know, from what was heard of a printer. */
export function observedOfSnapshot(snapshot: PrinterSnapshot | undefined, powered: boolean | undefined): Observed {
  if (snapshot === undefined) return { ...nothingObserved, powered };
  const { state, job, temperatures, error } = snapshot;
  return {
    phase: phaseOf(state.id ?? "", state.text ?? ""),
    text: state.text,
    file: job === null ? noFile : { path: job.path, name: job.name, location: job.location },
    progress: job?.progress ?? null,
    printTime: job?.elapsed ?? null,
    temperatures,
    powered,
    error,
  };
}
