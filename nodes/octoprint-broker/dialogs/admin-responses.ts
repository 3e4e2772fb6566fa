import type { Problem as ConnectionProblem } from "../../mqtt/problem.ts";
import type { Problem as MessageProblem } from "../../octoprint/problem.ts";
import type { Candidate } from "../../octoprint/setup/candidate.ts";
import type { PluginConfig } from "../../octoprint/setup/plugin-config.ts";

// What the runtime answers to the buttons of the dialogs.

/** `text` is the problem in the runtime's language; the editor has its own. */
export interface Refusal {
  readonly ok: false;
  readonly problem: ConnectionProblem | MessageProblem;
  readonly text: string;
}

export interface Connected {
  readonly ok: true;
  /** Host and port. */
  readonly server: string;
  readonly tls: boolean;
}

export interface Discovered {
  readonly ok: true;
  readonly candidates: readonly Candidate[];
  /** How many messages came, of whomever. */
  readonly messages: number;
  /** There was more than could be looked at. */
  readonly incomplete: boolean;
}

export interface Converted {
  readonly ok: true;
  readonly config: PluginConfig;
}
