import type { AnyProblem } from "../node-red/any-problem.ts";
import type { FactName, Facts } from "../octoprint/commands/command-row.ts";
import type { Observed } from "../octoprint/commands/observed.ts";
import type { PrinterSnapshot } from "../octoprint/tracking/printer-snapshot.ts";
import type { RequestedCommand } from "./requested-command.ts";

/** Why a command did not end well. */
export type Failed = { readonly ok: false; readonly problem: AnyProblem };

/** What came of sending a command. */
export type Sent =
  | {
      readonly ok: true;
      /** `undefined`: this command has no answer. */
      readonly answer: CommandAnswer | undefined | Promise<CommandAnswer | undefined>;
      readonly before: Observed;
      readonly targets: Readonly<Record<string, number>>;
    }
  /** The printer is on its way to a state in which it listens; nothing was sent. */
  | { readonly ok: true; readonly waitFor: string }
  | Failed;

/** What goes into the msg. */
export interface CommandAnswer {
  readonly payload: unknown;
  /** Of a picture. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A way to a printer: OctoPrint's API, or the topics of the HomeAssistant plugin. */
export interface CommandWay {
  /** Asks what must be known, plans, sends; comes back when OctoPrint has answered. Does not reject. */
  send(requested: RequestedCommand, signal: AbortSignal): Promise<Sent>;
  /** Listens to what one command needs beyond what is always heard. Returns a function that stops this. */
  listenFor?(requested: RequestedCommand): () => void;
  /** How the printer is now. Does not reject. */
  observe(
    requested: RequestedCommand,
    reads: readonly FactName[],
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly now: Observed } | Failed>;
  /** Resolves when something may have changed. */
  changed(signal: AbortSignal): Promise<void>;
}

/** Highest temperatures, degrees C. */
export type Limits = Facts["limits"];

/** How the printer is, as the commands `state` and `job` answer it. */
export type SnapshotAnswer = (snapshot: PrinterSnapshot) => unknown;
