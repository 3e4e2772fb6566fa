import type { Candidate } from "../../octoprint/setup/candidate.ts";
import type { PluginConfig } from "../../octoprint/setup/plugin-config.ts";

// What the runtime answers to the buttons of the dialogs.

/** The result of *Test connection*. */
export interface Connected {
  readonly ok: true;
  /** Host and port. */
  readonly server: string;
  readonly tls: boolean;
}

/** The result of *Find printers*. */
export interface Discovered {
  readonly ok: true;
  readonly candidates: readonly Candidate[];
  /** How many messages came, from any client. */
  readonly messages: number;
  /** There was more than could be checked. */
  readonly incomplete: boolean;
}

/** The result of *Fill in from OctoPrint's config.yaml*. */
export interface Converted {
  readonly ok: true;
  readonly config: PluginConfig;
}
