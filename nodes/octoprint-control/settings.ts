import { textsOf } from "../node-red/text-settings.ts";
import type { Typed, TypedInput } from "../node-red/typed-value.ts";
import { type CommandName, harmlessCommands } from "../octoprint/commands/commands-table.ts";

/** The node's settings as the editor stores them. */
export interface ControlSettings {
  name: string;
  /** The id of an `octoprint-printer` node. */
  printer: string;
  printerName: string;
  printerNameType: TypedInput;
  /** What to do, or `msg`: what `msg.command` says. */
  command: CommandName | "msg";
  /** What a msg may ask for. */
  allowed: readonly CommandName[];
  /** The command's parameters, each a typed value; what is empty comes from the msg. */
  parameters: Readonly<Record<string, Typed>>;
  wait: "happened" | "accepted";
  /** Seconds. */
  timeout: string;
  /** Seconds; empty: off. */
  maxAge: string;
}

/** A new node: it pauses. */
export const controlDefaults: ControlSettings = {
  name: "",
  printer: "",
  printerName: "",
  printerNameType: "str",
  command: "pause",
  allowed: harmlessCommands,
  parameters: {},
  wait: "happened",
  timeout: "60",
  maxAge: "",
};

/** The settings as they came, read: what Node-RED takes from the environment may be a number. */
export function readSettings(definition: Partial<ControlSettings>): ControlSettings {
  const { printerName, timeout, maxAge } = controlDefaults;
  return { ...controlDefaults, ...definition, ...textsOf({ printerName, timeout, maxAge }, definition) };
}

/** True for so many seconds as a command may take: more than none, at most a day. */
export function isTimeout(text: string): boolean {
  return text.trim() !== "" && Number(text) > 0 && Number(text) <= 86_400;
}

/** True for an age in seconds, and for none. */
export function isMaxAge(text: string): boolean {
  return text.trim() === "" || isTimeout(text);
}
