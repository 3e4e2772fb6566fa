import type { ReceivedMessage } from "../messages/schemas.ts";
import type { FarmRow } from "./farm.ts";
import type { JobEnd, JobStep } from "./job-report.ts";
import type { JobSnapshot, PrinterSnapshot } from "./printer-snapshot.ts";

/** `durationText`: the duration in words, in the runtime's language. A failed job always says `error`. */
export type JobPayload = (JobEnd & { readonly durationText?: string }) | JobStep;

/** `statusText`: the state, or why it is not known, in the runtime's language. */
export interface PrinterPayload extends PrinterSnapshot {
  readonly statusText: string;
  readonly job: (JobSnapshot & { readonly timeLeftText: string | null }) | null;
}

/** One printer as a flat row of a table: `{ printer: "mk3", state: "Printing", progress: 42, … }`. */
export interface TableRow extends FarmRow {
  readonly statusText: string;
  readonly timeLeftText: string | null;
}

/** One printer's own messages: neither `retain` nor `qos`, for no single message on the wire says so. */
interface Concluded {
  /** The printer. */
  topic: string;
  printer: string;
  /** Milliseconds since the epoch. */
  timestamp: number;
}

/** The msg of kind `job`. */
export type JobMessage = Concluded & { kind: "job"; payload: JobPayload };
/** `changed`: what is new, such as `"state"` or `"job.progress"`. */
export type PrinterMessage = Concluded & { kind: "printer"; payload: PrinterPayload; changed: string[] };

/** All printers as a table; `changed`: the printers of which something is new. */
export interface TableMessage {
  kind: "printer";
  payload: TableRow[];
  changed: string[];
  /** Milliseconds since the epoch. */
  timestamp: number;
}

/**
 * A msg of `octoprint-in` with the payload as the message; narrow it by `kind`, a table by its payload.
 *
 * @example
 * if (msg.kind === "temperature" && msg.payload !== null) console.log(msg.temp, msg.payload.actual);
 * if (msg.kind === "printer" && "printer" in msg) console.log(msg.printer, msg.payload.statusText);
 */
export type OctoPrintMessage = ReceivedMessage | JobMessage | PrinterMessage | TableMessage;
