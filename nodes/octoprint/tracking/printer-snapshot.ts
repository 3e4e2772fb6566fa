import type { Availability } from "./availability.ts";
import type { StateFacts, TemperatureFacts } from "./printer-facts.ts";

/**
 * How a printer is. Times are ms since the epoch by our clock, lengths of time s, temperatures degrees C.
 * What is not known is null.
 *
 * @example
 * { printer: "mk3", availability: "online", state: { id: "PRINTING", text: "Printing" },
 *   job: { path: "parts/cube.gcode", name: "cube.gcode", location: "local", progress: 42, elapsed: 1260, timeLeft: 1740,
 *     finishesAt: 1795353300000, timeLeftFrom: "octoprint" },
 *   temperatures: { tool0: { actual: 210.1, target: 210 }, bed: { actual: 60, target: 60 } },
 *   z: 4.2, lastEvent: "ZChange", lastSeen: 1795351560000 }
 */
export interface PrinterSnapshot {
  readonly printer: string;
  readonly availability: Availability;
  /** `state_id` and `state_string` of OctoPrint. */
  readonly state: StateFacts;
  readonly job: JobSnapshot | null;
  readonly temperatures: Readonly<Record<string, TemperatureFacts>>;
  /** Height of the nozzle, mm. */
  readonly z: number | null;
  /** The name of the last event. */
  readonly lastEvent: string | null;
  /** When OctoPrint was last heard. */
  readonly lastSeen: number | null;
  /** OctoPrint's words for what went wrong, until the printer is ready again. */
  readonly error?: string;
}

/** The print that is on, as `msg.payload.job` of kind `printer` shows it. */
export interface JobSnapshot {
  /** `""` where the file is not known. */
  readonly path: string;
  readonly name: string;
  readonly location: string;
  /** Percent. */
  readonly progress: number | null;
  /** Printing so far, pauses excluded, s. */
  readonly elapsed: number | null;
  /** s */
  readonly timeLeft: number | null;
  /** ms since the epoch */
  readonly finishesAt: number | null;
  /** `estimate`: ours, from the progress over time. */
  readonly timeLeftFrom: "octoprint" | "estimate" | null;
}
