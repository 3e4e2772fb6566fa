import type { Availability } from "./availability.ts";
import type { PrinterSnapshot } from "./printer-snapshot.ts";

/**
 * A printer as one flat row of a table; times of day are ms since the epoch, lengths of time s, degrees C.
 * What is not known is null.
 *
 * @example
 * { printer: "left", availability: "online", state: "Printing", stateId: "PRINTING", file: "cube.gcode", path: "parts/cube.gcode", progress: 42,
 *   elapsed: 1260, timeLeft: 1740, timeLeftFrom: "estimate", finishesAt: 1795353300000, tool0: 210.1, tool0Target: 210,
 *   bed: 60, bedTarget: 60, z: 4.2, lastEvent: "ZChange", lastSeen: 1795351560000, error: null }
 */
export interface FarmRow {
  readonly printer: string;
  readonly availability: Availability;
  readonly state: string | null;
  /** `state_id` of OctoPrint: the same in every language. */
  readonly stateId: string | null;
  /** The file's name, `path` with its folders; `""` for a job of an unknown file. */
  readonly file: string | null;
  readonly path: string | null;
  /** Percent. */
  readonly progress: number | null;
  readonly elapsed: number | null;
  readonly timeLeft: number | null;
  readonly timeLeftFrom: "octoprint" | "estimate" | null;
  readonly finishesAt: number | null;
  readonly tool0: number | null;
  readonly tool0Target: number | null;
  readonly bed: number | null;
  readonly bedTarget: number | null;
  /** mm */
  readonly z: number | null;
  readonly lastEvent: string | null;
  readonly lastSeen: number | null;
  readonly error: string | null;
}

const byName = new Intl.Collator("en", { numeric: true });

/** All printers as the rows of a table, by name: `mk2` before `mk10`. */
export function farmSnapshot(printers: Iterable<PrinterSnapshot>): FarmRow[] {
  return [...printers].map(rowOf).sort(compareRows);
}

/** The order of a table: by name, and by the numbers in it. */
export function compareRows(a: FarmRow, b: FarmRow): number {
  return byName.compare(a.printer, b.printer);
}

function rowOf({
  printer,
  availability,
  state,
  job,
  temperatures,
  z,
  lastEvent,
  lastSeen,
  error,
}: PrinterSnapshot): FarmRow {
  const { tool0, bed } = temperatures;
  return {
    printer,
    availability,
    state: state.text,
    stateId: state.id,
    file: job?.name ?? null,
    path: job?.path ?? null,
    progress: job?.progress ?? null,
    elapsed: job?.elapsed ?? null,
    timeLeft: job?.timeLeft ?? null,
    timeLeftFrom: job?.timeLeftFrom ?? null,
    finishesAt: job?.finishesAt ?? null,
    tool0: tool0?.actual ?? null,
    tool0Target: tool0?.target ?? null,
    bed: bed?.actual ?? null,
    bedTarget: bed?.target ?? null,
    z,
    lastEvent,
    lastSeen,
    error: error ?? null,
  };
}
