import { type Kind, kinds } from "../octoprint/kinds.ts";

/** Everything on the wire, one kind of it, or what is concluded from several: jobs, the printer's state. */
export type Receivable = Kind | "all" | "job" | "printer";
export const receivable: readonly Receivable[] = ["all", ...kinds, "job", "printer"];

/** What is concluded from many messages: neither stored by the broker, nor said twice, nor shared with a group. */
export function isFollowed(kind: Receivable): kind is "job" | "printer" {
  return kind === "job" || kind === "printer";
}

export const outputs = ["message", "value", "text"] as const;
export const retainedRules = ["state", "all", "none"] as const;

/** The node's settings as the editor stores them. */
export interface InSettings {
  name: string;
  /** The id of an `octoprint-printer` node. */
  printer: string;
  printers: string[];
  kind: Receivable;
  select: string[];
  output: (typeof outputs)[number];
  retained: (typeof retainedRules)[number];
  onlyChanges: boolean;
  /** Among whose members the broker shares the messages out (MQTT 5); empty: this node gets them all. */
  group: string;
  /** For `printer`: messages a second at most, the newest is kept; empty: no limit. */
  rate: string;
  /** For `printer`: all printers as the rows of a table. */
  table: boolean;
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
  group: "",
  rate: "1",
  table: false,
};

/** True for a number above 0, and for none. */
export function isRate(text: string): boolean {
  return text.trim() === "" || Number(text) > 0;
}
