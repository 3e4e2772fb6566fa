import type { Problem } from "../mqtt/problem.ts";
import type { News } from "../octoprint/tracking/printer-model.ts";
import type { PrinterSnapshot } from "../octoprint/tracking/printer-snapshot.ts";
import type { Hint } from "./hints.ts";

/** A node that wants to know what its printers do. */
export interface PrinterFollower {
  /** @param printer the name by which a msg speaks of it */
  follow(printer: string, news: News): void;
  /** The broker does not let us read a filter. */
  refused(problem: Problem): void;
  /** What may be wrong; `undefined`: nothing any more. */
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
