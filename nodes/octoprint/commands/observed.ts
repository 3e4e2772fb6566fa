import { isJobPhase, noFile, type Phase, type PrintFile } from "../tracking/observation.ts";

/** How a printer is, as far as a command needs to know it: from OctoPrint's answers, or from what was heard. */
export interface Observed {
  /** `undefined`: nobody said. */
  readonly phase: Phase | undefined;
  /** OctoPrint's own word for it: "Pausing". */
  readonly text: string | null;
  /** The file that is printed or selected. */
  readonly file: PrintFile;
  /** Percent. */
  readonly progress: number | null;
  /** How long the print has run, s. */
  readonly printTime: number | null;
  /** s, as OctoPrint says. */
  readonly printTimeLeft?: number | null;
  readonly temperatures: Readonly<Record<string, { readonly actual: number | null; readonly target: number | null }>>;
  /** PSUControl's word. */
  readonly powered?: boolean | undefined;
  /** OctoPrint's words for what went wrong. */
  readonly error?: string | undefined;
}

/** True while it prints, is paused in a print, or copies a file to its own storage. */
export function isPrinting({ phase }: Observed): boolean {
  return phase === "transfer" || isJobPhase(phase);
}

/** OctoPrint has no connection to the printer. */
export function isOffline({ phase }: Observed): boolean {
  return phase === "closed" || phase === "error" || phase === "connecting";
}

/** A printer of which nothing is known. */
export const nothingObserved: Observed = {
  phase: undefined,
  text: null,
  file: noFile,
  progress: null,
  printTime: null,
  temperatures: {},
};
