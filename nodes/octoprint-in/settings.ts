import { type Kind, kinds } from "../octoprint/kinds.ts";

/** What a node can receive: everything on the wire, or one kind. */
export const receivable: readonly (Kind | "all")[] = ["all", ...kinds];
export const outputs = ["message", "value", "text"] as const;
export const retainedRules = ["state", "all", "none"] as const;

/** The node's settings as the editor stores them. */
export interface InSettings {
  name: string;
  /** The id of an `octoprint-printer` node. */
  printer: string;
  printers: string[];
  kind: Kind | "all";
  select: string[];
  output: (typeof outputs)[number];
  retained: (typeof retainedRules)[number];
  onlyChanges: boolean;
}

export const inDefaults: InSettings = {
  name: "",
  printer: "",
  printers: [],
  kind: "event",
  select: [],
  output: "message",
  retained: "state",
  onlyChanges: false,
};
