import { isJobPhase, type Phase } from "../tracking/observation.ts";
import type { PrinterSnapshot } from "../tracking/printer-snapshot.ts";
import { isOffline, type Observed } from "./observed.ts";

/** OctoPrint's own ids, which its REST API does not say. */
const ids: { readonly [phase in Phase]: string } = {
  starting: "STARTING",
  printing: "PRINTING",
  resuming: "RESUMING",
  pausing: "PAUSING",
  paused: "PAUSED",
  cancelling: "CANCELLING",
  finishing: "FINISHING",
  ready: "OPERATIONAL",
  connecting: "CONNECTING",
  transfer: "TRANSFERRING_FILE",
  closed: "OFFLINE",
  error: "CLOSED_WITH_ERROR",
};

/**
 * What OctoPrint says now, in the words in which a printer's state is told.
 *
 * @param now our clock, ms since the epoch
 */
export function snapshotOfObserved(observed: Observed, printer: string, now: number): PrinterSnapshot {
  const { phase, text, file, progress, printTime, printTimeLeft = null, temperatures, error } = observed;
  return {
    printer,
    availability: isOffline(observed) ? "printer-offline" : "online",
    state: { id: phase === undefined ? null : ids[phase], text },
    job: isJobPhase(phase)
      ? {
          ...file,
          progress: progress === null ? null : Math.round(progress),
          elapsed: printTime,
          timeLeft: printTimeLeft,
          finishesAt: printTimeLeft === null ? null : now + printTimeLeft * 1000,
          timeLeftFrom: printTimeLeft === null ? null : "octoprint",
        }
      : null,
    temperatures,
    z: null,
    lastEvent: null,
    lastSeen: now,
    ...(error === undefined ? {} : { error }),
  };
}
