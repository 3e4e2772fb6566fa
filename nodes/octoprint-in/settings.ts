import { isShareName } from "../mqtt/filter.ts";
import type { Problem as ConnectionProblem } from "../mqtt/problem.ts";
import { textListOf, textsOf } from "../node-red/text-settings.ts";
import { classPrefix } from "../octoprint/events/events.ts";
import type { Problem as MessageProblem } from "../octoprint/problem.ts";
import { type Kind, kinds } from "../octoprint/topics/kinds.ts";
import type { Selection } from "../octoprint/topics/scheme.ts";

/** Everything on the wire, one kind of it, or what follows from many messages: jobs, the printer's state. */
export type Receivable = Kind | "all" | "job" | "printer";
/** The choices of *Receive*. */
export const receivable: readonly Receivable[] = ["all", ...kinds, "job", "printer"];

/** The kind of that name; `all` for an unknown one. */
export function receivableOf(kind: string): Receivable {
  return receivable.find((known) => known === kind) ?? "all";
}

/** What follows from many messages: never retained, never repeated, never shared with a group. */
export function isDerived(kind: Receivable): kind is "job" | "printer" {
  return kind === "job" || kind === "printer";
}

/** The choices of *Payload*. */
export const outputs = ["message", "value", "text"] as const;
/** The choices of *Retained messages*. */
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
  /** The group that the broker shares the messages among (MQTT 5); empty: this node gets them all. */
  group: string;
  /** For `printer`: the most messages per second, of which the newest counts; empty: no limit. */
  rate: string;
  /** For `printer`: all printers as the rows of a table. */
  table: boolean;
  /** For a table: the ids of further `octoprint-printer` nodes. */
  printerNodes: string[];
}

/** The settings of a new node; older flows lack some of them. */
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
  printerNodes: [],
};

/** The settings as Node-RED gives them, with the defaults for what an older flow lacks. */
export function readSettings(definition: Partial<InSettings>): InSettings {
  const given = { ...inDefaults, ...definition };
  const { name, group, rate } = inDefaults;
  const lists = {
    printers: textListOf(given.printers),
    select: textListOf(given.select),
    printerNodes: textListOf(given.printerNodes).filter((id) => id !== given.printer),
  };
  return { ...given, ...textsOf({ name, group, rate }, given), ...lists };
}

/** True for a number above 0, or an empty text. */
export function isRate(text: string): boolean {
  return text.trim() === "" || Number(text) > 0;
}

/** What is wrong with the group that the broker shares the messages among; `""`: there is no group. */
export function groupProblem({
  kind,
  group,
}: Pick<InSettings, "kind" | "group">): ConnectionProblem | MessageProblem | undefined {
  if (group === "") return undefined;
  // No member would have all the messages that a job or a state follows from.
  if (isDerived(kind)) return { code: "kind-not-shared" };
  return isShareName(group) ? undefined : { code: "group-invalid", group };
}

/** What is wrong with the settings for where the printer's messages come from: a broker, or OctoPrint itself. */
export function sourceProblem(
  settings: Pick<InSettings, "kind" | "group"> & { readonly select: readonly string[] },
  hasBroker: boolean,
): ConnectionProblem | MessageProblem | undefined {
  if (hasBroker) return groupProblem(settings);
  // There is one socket, and no broker to share its messages.
  if (settings.group !== "") return { code: "server-no-group" };
  // OctoPrint's plugins say a lot, so they are chosen by name. Unlike a broker, OctoPrint has no unknown topics.
  return settings.kind === "other" && settings.select.length === 0 ? { code: "server-other-names" } : undefined;
}

/** True for a kind of which some names may be chosen: neither everything, nor the connection, nor a printer's state. */
export function hasNames(kind: Receivable): boolean {
  return kind !== "all" && kind !== "connection" && kind !== "printer";
}

/**
 * What to subscribe to. Names narrow the subscription, unless a class of events is among them: the broker does
 * not know which events belong to it.
 */
export function selectionOf({ kind, printers, select }: Pick<InSettings, "kind" | "printers" | "select">): Selection {
  if (isDerived(kind)) return { kind: "all", printers };
  const all = !hasNames(kind) || (kind === "event" && select.some((name) => name.startsWith(classPrefix)));
  return { kind, printers, names: all ? [] : select };
}
